"""Turns of a conversation that the gateway remembers, so that a later request can go on from one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.domain.json import Object


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer."""

    id: str
    """The answer's id, as the caller knows it."""
    previous: str
    """Id of the turn that it goes on from; empty for the first of a conversation."""
    conversation: str
    """Name under which the conversation's values keep their tokens."""
    run: str
    """The run in whose record the answer stands."""
    items: Sequence[Object]
    """What the caller said in this turn, then what was answered, as the caller knows it."""


def said(chain: Iterable[Turn]) -> list[Object]:
    """Return everything that was said in *chain*, in order."""
    return [item for turn in chain for item in turn.items]
