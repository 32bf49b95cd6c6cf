"""Turns of a conversation that the gateway remembers, so that a later request can go on from one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

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
    asked: int = 0
    """How many of the items are the caller's; 0 also where an earlier release has not counted them."""
    answer: Object = field(default_factory=dict)
    """The answer as the caller was told, without what is among the items."""


SEARCH = "fs_lineward_"
"""How the id of an item begins by which the gateway told of a search of its own."""


def said(chain: Iterable[Turn]) -> list[Object]:
    """Return everything that was said in *chain*, in order.

    What searches of the gateway's own had found is not said again: each turn finds what it needs, by today's rules.
    """
    return [item for turn in chain for item in turn.items if not str(item.get("id", "")).startswith(SEARCH)]
