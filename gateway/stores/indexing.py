"""The search index's follower: takes questions and answers from the log, as far as their texts are kept."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Select, bindparam, select

from gateway.domain.digests import Digest
from gateway.domain.runs import Intent, Outcome
from gateway.recognition.arrays import Ints
from gateway.recognition.folding import buckets, fold, named
from gateway.stores import leaves, segments, vectors
from gateway.stores.asides import Aside, Asked
from gateway.stores.following import Entry, Write
from gateway.stores.masters import Masters
from gateway.stores.packing import pack_id, plain
from gateway.stores.queries import RESPONSE
from gateway.stores.questions import Questions
from gateway.stores.texts import SQLTexts

LONGEST = 200_000
"""Characters of a text that are indexed; what stands behind them is not found."""

APPLICATION, END_USER = "application", "end user"
"""Kinds of names that are indexed like groups of letters."""

_AT_ONCE = 32
_PLACES = tuple(f"n{number}" for number in range(_AT_ONCE))


class SearchIndexer:
    """A `Follower` that writes the search index of the record at *url*, whose texts *masters* open."""

    name = segments.NAME

    def __init__(self, url: str, masters: Masters | None = None) -> None:
        self._texts = SQLTexts(url, masters)
        self._questions = Questions(url)
        self._index = segments.index_url(url)
        segments.prepare_index(self._index)
        self._writing = Aside(self._index, "the search index cannot be written")

    def derive(self, entries: Sequence[Entry]) -> Write | None:
        """Cut the texts of *entries* into groups of letters. See `Follower.derive`."""
        told: list[Entry] = [entry for entry in entries if isinstance(entry.event.body, Intent | Outcome)]
        callers = self._callers([entry.event.run for entry in told if isinstance(entry.event.body, Outcome)])
        found: dict[str, dict[int, Ints]] = {}
        for tenant in dict.fromkeys(entry.event.tenant for entry in told):
            own = [entry for entry in told if entry.event.tenant == tenant]
            wanted: list[Digest] = [name for entry in own if (name := said(entry))]
            kept = self._texts.kept(tenant, [*dict.fromkeys(wanted)])
            for entry in own:
                text = kept.get(said(entry) or "")
                caller = _caller(entry) or callers.get(entry.event.run)
                if caller and (text is not None or isinstance(entry.event.body, Intent)):
                    found.setdefault(tenant, {})[entry.index] = _groups(text or "", *caller)
        if not found:
            return None

        def write(ask: Asked) -> None:
            for tenant, texts in found.items():
                segments.add(ask, tenant, texts)

        return write

    def forget(self, responses: Sequence[str]) -> int:
        """Remove the texts of *responses* from the index for good, with their vectors; return how many there were.

        Their content must be gone before: nothing brings them back then, also not what a follower has in hand. Raises
        `LineageUnavailable`.
        """
        entries: dict[str, list[int]] = {}
        with self._questions.asking() as ask:
            for response in responses:
                for seq, ending, tenant in ask(leaves.places, id=pack_id(response)):
                    entries.setdefault(tenant, []).extend(at for at in (seq, ending) if at is not None)
        with self._writing.transaction() as index:
            count = sum(segments.forget(index, tenant, own) for tenant, own in entries.items())
            for tenant, own in entries.items():
                vectors.forget(index, tenant, own)
        segments.clean(self._index)
        return count

    def close(self) -> None:
        """Close the connections."""
        self._questions.close()
        self._texts.close()
        self._writing.close()

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


def said(entry: Entry) -> Digest | None:
    """Return the digest of the question or answer that *entry* tells of."""
    body = entry.event.body
    if isinstance(body, Intent):
        return body.question or None
    return body.released if isinstance(body, Outcome) else None


def _caller(entry: Entry) -> tuple[str, str] | None:
    body = entry.event.body
    return (body.principal.application, body.principal.end_user) if isinstance(body, Intent) else None


def _groups(text: str, application: str, end_user: str) -> Ints:
    names = [named(APPLICATION, plain(application)), *([named(END_USER, plain(end_user))] if end_user else [])]
    return np.union1d(buckets(fold(text[:LONGEST])), np.array(names, np.int64))
