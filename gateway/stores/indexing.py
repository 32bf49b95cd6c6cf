"""The search index's follower: takes questions and answers from the log, as far as their texts are kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, select

from gateway.recognition.arrays import Ints
from gateway.recognition.groups import grouped, named
from gateway.stores import segments
from gateway.stores.asides import Asked
from gateway.stores.following import Said, Write
from gateway.stores.packing import pack_id, plain
from gateway.stores.pool import Readers
from gateway.stores.queries import RESPONSE
from gateway.stores.questions import Questions

LONGEST = 200_000
"""Characters of a text that are indexed; what stands behind them is not found."""

APPLICATION, END_USER = "application", "end user"
"""Kinds of names that are indexed like groups of letters."""

_AT_ONCE = 32
_PLACES = tuple(f"n{number}" for number in range(_AT_ONCE))


class SearchIndexer:
    """A `Follower` that writes the search index of the record at *url*."""

    name = segments.NAME

    def __init__(self, url: str, beside: Readers | None = None) -> None:
        self._questions = Questions(url, beside)
        segments.prepare_index(segments.index_url(url))

    def derive(self, entries: Sequence[Said]) -> Write | None:
        """Cut the texts of *entries* into groups of letters. See `Follower.derive`."""
        callers = {said.run: said.caller for said in entries if said.caller}
        kept = [said for said in entries if said.caller or said.text is not None]
        callers |= self._callers([said.run for said in kept if said.run not in callers])
        known = [(said, names(*callers[said.run])) for said in kept if said.run in callers]
        cut = grouped([(said.text or "")[:LONGEST] for said, _ in known], [own for _, own in known])
        found: dict[str, dict[int, Ints]] = {}
        for (said, _), groups in zip(known, cut, strict=True):
            found.setdefault(said.tenant, {})[said.index] = groups
        if not found:
            return None

        def write(ask: Asked) -> None:
            for tenant, texts in found.items():
                segments.add(ask, tenant, texts)

        return write

    def close(self) -> None:
        """Close the connections."""
        self._questions.close()

    def _callers(self, runs: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        """Return application and end user of each of *runs*."""
        packed = {pack_id(run): run for run in runs}
        names, found = [*packed], dict[str, tuple[str, str]]()
        with self._questions.asking() as ask:
            for start in range(0, len(names), _AT_ONCE):
                part = names[start : start + _AT_ONCE]
                part += part[-1:] * (_AT_ONCE - len(part))
                for run, application, end_user in ask(_callers, **dict(zip(_PLACES, part, strict=True))):
                    found[packed[bytes(run)]] = (application, end_user)
        return found


def _callers(tenant: bool) -> Select[Any]:
    found = select(RESPONSE.id, RESPONSE.application, RESPONSE.end_user)
    return found.where(RESPONSE.id.in_([bindparam(place) for place in _PLACES]))


def names(application: str, end_user: str) -> Sequence[int]:
    """Return the numbers with which a text of *end_user* of *application* is indexed beside its groups of letters."""
    return [named(APPLICATION, plain(application)), *([named(END_USER, plain(end_user))] if end_user else [])]
