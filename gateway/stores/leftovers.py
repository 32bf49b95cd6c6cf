"""What the search index still knows of texts that are no longer in the record, and its removal.

The record says what is due: an entry of the log tells of every removal, in the transaction that removes. The index says
how far it has followed. So whatever breaks off, in whichever process, the next run goes on from there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gateway.domain.digests import Digest
from gateway.domain.runs import Erased
from gateway.recognition.arrays import Ints
from gateway.stores import segments, vectors
from gateway.stores.asides import Aside, Asked
from gateway.stores.compression import compressor
from gateway.stores.contentkeys import TenantKey
from gateway.stores.decoding import decode, decode_said
from gateway.stores.indexing import names
from gateway.stores.keeping import beginning
from gateway.stores.masters import Masters
from gateway.stores.questions import Questions
from gateway.stores.shredding import tenant_key

PAGE = 500
"""Entries of the log that are held in memory at a time."""

TOGETHER = 16_384
"""Entries that are sorted before the index is touched: about as many texts as one of its segments has."""

_LAST = "SELECT MAX(event) FROM erasure WHERE event > ?"
_ERASURES = """SELECT e.idx, e.detail FROM erasure k JOIN event e ON e.idx = k.event
    WHERE k.kind = ? AND k.event > ? ORDER BY k.event LIMIT ?"""
_BEHIND = "SELECT COUNT(*) FROM erasure WHERE event > ?"
_SIZE = "SELECT size FROM tree"
_YOUNGER = "SELECT idx FROM event WHERE idx >= ? AND at >= ? ORDER BY idx LIMIT 1"
_OLD = """SELECT idx FROM event WHERE idx > ? AND at < ? AND type IN ('intent', 'outcome')
    ORDER BY idx LIMIT ?"""
_ENTRIES = "SELECT idx, type, tenant, detail FROM event WHERE idx IN (*)"
_KEPT = "SELECT DISTINCT name FROM sealed_text WHERE name IN (*)"

_STATE = "SELECT erasure, position FROM search_retained"
_FORGET_STATE = "DELETE FROM search_retained"
_REMEMBER = "INSERT INTO search_retained (erasure, position) VALUES (?, ?)"
_OUTLASTING = "SELECT entry FROM search_outlasting WHERE entry > ? ORDER BY entry LIMIT ?"
_OUTLASTS = "INSERT INTO search_outlasting (entry) VALUES (?) ON CONFLICT DO NOTHING"
_ENDS = "DELETE FROM search_outlasting WHERE entry = ?"


@dataclass(frozen=True, slots=True)
class _Due:
    """What the index has to follow."""

    followed: int
    """The last entry of the log that tells of a removal and was followed to its end."""
    erasure: int
    """The last one that there is."""
    before: int | None
    """The time before which retention removed, in microseconds since 1970, if it did."""
    position: int
    """All older ones before this entry were looked at: in the index is nothing of them but what outlasted."""
    until: int
    """The first one that is not old."""


@dataclass(slots=True)
class _Batch:
    """Entries of the log that were sorted."""

    gone: dict[str, dict[int, Ints]] = field(default_factory=dict)
    """By tenant and entry, under which names it still is found."""
    kept: list[int] = field(default_factory=list)
    """Entries that are old and whose texts are kept all the same: something newer has used them, or a hold lies there.
    They are looked at each time."""

    @property
    def size(self) -> int:
        return sum(map(len, self.gone.values())) + len(self.kept)


class Leftovers:
    """Removes from the search index of the record at *url*, whose texts *masters* name."""

    def __init__(self, url: str, masters: Masters) -> None:
        self._questions = Questions(url)
        self._masters = masters
        self._index = segments.index_url(url)
        segments.prepare_index(self._index)
        self._writing = Aside(self._index, "the search index cannot be written")
        self._sqlite = url.startswith("sqlite")
        self._keys: dict[str, TenantKey | None] = {}

    def due(self) -> bool:
        """Return whether there are removals that the index has not followed to their end."""
        return self._due() is not None

    def behind(self) -> int:
        """Return how many entries of the log tell of removals that it has not followed to their end."""
        due = self._due()
        if due is None:
            return 0
        with self._questions.asking() as asking:
            ((count,),) = Asked(asking.cursor, sqlite=self._sqlite).rows(_BEHIND, due.followed)
        return int(count)

    def remove(self, then: Callable[[], object]) -> int:
        """Remove from the index for good the texts that were removed from the record; return how many that were.

        A response is still found by its application and user, as far as it has them. At last *then* is called, which
        has to see to the record's files; only when it returns the work counts as done. Whatever followers have in hand
        stays out (gateway/following.py). A transaction holds up other writers of the index for the second that a
        segment takes, with some 200 MB of memory; 180,000 texts took 70 s beside other work. Raises
        `LineageUnavailable`.
        """
        due = self._due()
        if due is None:
            return 0
        count = 0
        for batch, position in self._batches(due):
            count += sum(self._replace(tenant, texts) for tenant, texts in batch.gone.items())
            with self._writing.transaction() as index:
                index.run(_OUTLASTS, *((entry,) for entry in batch.kept))
                _remember(index, None, position)
        segments.clean(self._index)
        then()
        with self._writing.transaction() as index:
            _remember(index, due.erasure, due.until)
        self._keys.clear()
        return count

    def close(self) -> None:
        """Close the connections."""
        self._questions.close()
        self._writing.close()

    def _replace(self, tenant: str, texts: Mapping[int, Ints]) -> int:
        """Let of *texts* of *tenant* nothing be in the index but these names; return how many there were."""
        count = 0
        with self._writing.transaction() as index:
            parts = segments.apart(index, tenant, [*texts])
        for part in parts:
            with self._writing.transaction() as index:
                count += segments.replace(index, tenant, {entry: texts[entry] for entry in part})
                vectors.forget(index, tenant, part)
                index.run(_ENDS, *((entry,) for entry in part))
        return count

    def _due(self) -> _Due | None:
        with self._writing.transaction() as index:
            followed, position = _state(index)
        with self._questions.asking() as asking:
            ask = Asked(asking.cursor, sqlite=self._sqlite)
            ((size,),) = ask.rows(_SIZE)
            if followed >= size or position > size:  # the log is an older one that was put back
                followed, position = -1, 0
            ((last,),) = ask.rows(_LAST, followed)
            if last is None:
                return None
            days = [body.before for body in self._erasures("retention", followed) if body.before is not None]
            before = beginning(max(days)) if days else None
            younger = ask.rows(_YOUNGER, position, before) if before is not None else [(position,)]
        return _Due(followed, int(last), before, position, int(younger[0][0]) if younger else int(size))

    def _batches(self, due: _Due) -> Iterator[tuple[_Batch, int]]:
        """Yield what is to be done, and up to which entry all is looked at then."""
        batch = _Batch()
        for erased in self._erasures("subject", due.followed):
            self._sort([entry for entry, _ in erased.entries], batch, redacted=True)
            if batch.size >= TOGETHER:
                yield batch, due.position
                batch = _Batch()
        for entries in self._pages(self._outlasting, -1) if due.before is not None else ():
            self._sort(entries, batch)
            if batch.size >= TOGETHER:
                yield batch, due.position
                batch = _Batch()
        if batch.size:
            yield batch, due.position
        batch, position = _Batch(), due.position
        for entries in self._pages(lambda after: self._old(after, due.before or 0), due.position - 1):
            self._sort(entries, batch)
            position = min(entries[-1] + 1, due.until)
            if batch.size >= TOGETHER:
                yield batch, position
                batch = _Batch()
        if batch.size:
            yield batch, position

    def _erasures(self, kind: str, after: int) -> Iterator[Erased]:
        """Yield the erasures of that *kind* after entry *after*."""
        while True:
            with self._questions.asking() as asking:
                rows = Asked(asking.cursor, sqlite=self._sqlite).rows(_ERASURES, kind, after, PAGE)
            if not rows:
                return
            for index, detail in rows:
                after = int(index)
                body = decode("erasure", compressor().unpack(bytes(detail)))
                if isinstance(body, Erased):
                    yield body

    def _pages(self, page: Callable[[int], Sequence[int]], after: int) -> Iterator[Sequence[int]]:
        while entries := page(after):
            yield entries
            after = entries[-1]

    def _outlasting(self, after: int) -> Sequence[int]:
        with self._writing.transaction() as index:
            return [int(row[0]) for row in index.rows(_OUTLASTING, after, PAGE)]

    def _old(self, after: int, before: int) -> Sequence[int]:
        with self._questions.asking() as asking:
            ask = Asked(asking.cursor, sqlite=self._sqlite)
            return [int(row[0]) for row in ask.rows(_OLD, after, before, PAGE)]

    def _sort(self, entries: Sequence[int], batch: _Batch, *, redacted: bool = False) -> None:
        """Put into *batch* what of *entries* is gone, and what is kept; of those *redacted* nothing is."""
        with self._questions.asking() as asking:
            ask = Asked(asking.cursor, sqlite=self._sqlite)
            texts: list[tuple[int, str, bytes, Ints]] = []
            for index, kind, tenant, detail in ask.listed(_ENTRIES, entries):
                try:
                    digest, caller = decode_said(kind, compressor().unpack(bytes(detail)))
                except ValueError:  # verification tells of it; the index has passed it over
                    continue
                # A question is found by its names when its text is gone; an answer has none.
                left = np.array(sorted(names(*caller)) if caller else [], np.int64)
                if redacted and kind in ("intent", "outcome"):
                    batch.gone.setdefault(tenant, {})[int(index)] = left
                elif digest and (name := self._name(ask, tenant, digest)):
                    texts.append((int(index), tenant, name, left))
            kept = {bytes(row[0]) for row in ask.listed(_KEPT, [*{name for _, _, name, _ in texts}])}
        for index, tenant, name, left in texts:
            if name in kept:
                batch.kept.append(index)
            else:
                batch.gone.setdefault(tenant, {})[index] = left

    def _name(self, ask: Asked, tenant: str, digest: Digest) -> bytes | None:
        if tenant not in self._keys:
            self._keys[tenant] = tenant_key(ask, self._masters, tenant)
        key = self._keys[tenant]
        return None if key is None else key.text(digest)


def _state(index: Asked) -> tuple[int, int]:
    """Return which erasure was followed last, and up to which entry."""
    rows = index.rows(_STATE)
    return (int(rows[0][0]), int(rows[0][1])) if rows else (-1, 0)


def _remember(index: Asked, erasure: int | None, position: int) -> None:
    followed, _ = _state(index)
    index.run(_FORGET_STATE, ())
    index.run(_REMEMBER, (followed if erasure is None else erasure, position))
