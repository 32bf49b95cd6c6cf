"""The search index in its tables: segments of each tenant's texts, which follow each other and are merged as they grow.

It holds no text. Of each text it says which groups of letters it has (recognition/groups.py), so that a search has to
read few texts; whether one is meant its own words must tell. It is made from the log and the kept content, and may be
thrown away. In SQLite it is a file of its own beside the record's, so that its writing never keeps the log waiting.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.engine import make_url

from gateway.domain.errors import LineageUnavailable
from gateway.recognition.arrays import Ints
from gateway.recognition.folding import ALGORITHM
from gateway.recognition.groups import DETAILS, Group
from gateway.stores import places, vectors
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.connecting import BUSY_SECONDS, Row, file, locked, parsed, reading, translated, writing
from gateway.stores.following import TABLE
from gateway.stores.packing import plain
from gateway.stores.postings import BUCKETS, TEXTS, Lists, Postings, unpacked, width_of

NAME = f"search-{ALGORITHM}"
"""Name of the index's cursor."""

TOGETHER = 8
"""Segments that are merged into one, when none of them has more than half of their texts."""

AT_ONCE = 1_024
"""Buckets of whole segments that are held in memory at a time, unless a row has more: of a full one all would take
half a gigabyte."""

REMEMBERED = 128
"""Segments whose entries are remembered from one search to the next: as many as two million responses have."""

UNEVEN = 0.55
"""Share of the texts of all that are merged that one may have: to write it again must be worth it."""

CHUNKS = "chunk_"
"""What the names of the tables begin with that hold the texts of chunks (chunktables.py), in place of `search_`."""

_KIND = (
    """CREATE TABLE IF NOT EXISTS search_piece (id BIGINT NOT NULL PRIMARY KEY, tenant VARCHAR NOT NULL,
    first BIGINT NOT NULL, last BIGINT NOT NULL, size BIGINT NOT NULL, width BIGINT NOT NULL, entries BLOB NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS ix_search_piece_tenant ON search_piece (tenant, first)",
    "CREATE TABLE IF NOT EXISTS search_posting (id INTEGER NOT NULL PRIMARY KEY, lists BLOB NOT NULL)",
)
_EARLIER = ("segment", "row", "part", "list")
_TABLES = (
    TABLE,
    places.TABLE,
    *_KIND,
    *(statement.replace("search_", CHUNKS) for statement in _KIND),
    f"CREATE TABLE IF NOT EXISTS {CHUNKS}textless (entry BIGINT NOT NULL PRIMARY KEY)",
    # How far the index has followed what was removed from the record (leftovers.py).
    "CREATE TABLE IF NOT EXISTS search_retained (erasure BIGINT NOT NULL, position BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS search_outlasting (entry BIGINT NOT NULL PRIMARY KEY)",
    *vectors.TABLES,
    # What cut texts in other ways (`ALGORITHM` 1 and 2) had others.
    *(f"DROP TABLE IF EXISTS {kind}{table}" for kind in ("search_", CHUNKS) for table in _EARLIER),
)
_LARGE = ("search_piece", "search_posting", "search_vector", f"{CHUNKS}piece", f"{CHUNKS}posting")
_COLUMNS = "id, tenant, first, last, size, width, entries"
_ALL = "SELECT id, size FROM search_piece ORDER BY first"
_OF_TENANT = "SELECT id, size FROM search_piece WHERE tenant = ? ORDER BY first"
_NEWEST = "SELECT id, size FROM search_piece WHERE tenant = ? ORDER BY first DESC LIMIT ?"
_BETWEEN = "SELECT id, first, last FROM search_piece WHERE tenant = ? AND first <= ? AND last >= ? ORDER BY first"
_FIRSTS = "SELECT first FROM search_piece WHERE tenant = ? AND first > ? AND first <= ? ORDER BY first"
_SOME = f"SELECT {_COLUMNS} FROM search_piece WHERE id IN (*)"  # noqa: S608
_LAST = "SELECT COALESCE(MAX(id), 0) + 1 FROM search_piece"
_ADD = f"INSERT INTO search_piece ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_ADD_ROW = "INSERT INTO search_posting (id, lists) VALUES (?, ?)"
_ROWS = "SELECT id, lists FROM search_posting WHERE id >= ? AND id < ? ORDER BY id"
_ROOM = "SELECT COALESCE(SUM(LENGTH(lists)), 0) FROM search_posting WHERE id >= ? AND id < ?"
_SOME_ROWS = "SELECT id, lists FROM search_posting WHERE id IN (*)"
_DROP = "DELETE FROM search_piece WHERE id = ?"
_DROP_ROWS = "DELETE FROM search_posting WHERE id >= ? AND id < ?"


def index_url(url: str) -> str:
    """Return where the search index of the record at *url* is: beside the file `x.db` in `x.search.db`."""
    address = parsed(url)
    if address.drivername != "sqlite":
        return url
    path = file(address)
    return make_url(url).set(database=str(path.with_name(f"{path.stem}.search.db"))).render_as_string()


def prepare_index(url: str) -> None:
    """Create the tables of the index at *url* (`index_url`) where they are not there. Raises `LineageUnavailable`."""
    address = parsed(url)
    with translated("the search index cannot be prepared"):
        if address.drivername == "sqlite":
            file(address).parent.mkdir(parents=True, exist_ok=True)
            file(address).touch(mode=0o600)
        connection = writing(address)
        try:
            if address.drivername == "sqlite":
                locked(connection.cursor(), _TABLES)
            else:
                kinds = {"BLOB": "BYTEA", "id INTEGER": "id BIGINT"}
                cursor = connection.cursor()
                cursor.execute("BEGIN")
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", (int.from_bytes(b"search", "big"),))
                for statement in _TABLES:
                    for ours, theirs in kinds.items():
                        statement = statement.replace(ours, theirs)
                    cursor.execute(statement)
                cursor.execute("COMMIT")
        finally:
            connection.close()


def clean(url: str) -> None:
    """Overwrite what was deleted from the index at *url*. Raises `LineageUnavailable` when that is not possible now.

    SQLite overwrites it in the file at once, and here its log of changes is emptied. PostgreSQL vacuums the tables; its
    log of changes is its operator's to age.
    """
    address = parsed(url)
    with translated("what was forgotten cannot be overwritten in the search index"):
        connection = writing(address)
        try:
            cursor = connection.cursor()
            if address.drivername != "sqlite":
                cursor.execute(f"VACUUM {', '.join(_LARGE)}")
                return
            until = time.monotonic() + BUSY_SECONDS
            while True:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                row = cursor.fetchone()
                if row is None or row[0] == 0:
                    return
                if time.monotonic() > until:
                    raise LineageUnavailable("what was forgotten cannot be overwritten while the search index is read")
                time.sleep(0.01)
        finally:
            connection.close()


def occupied(url: str) -> int:
    """Return how many bytes the index at *url* takes on disk. Raises `LineageUnavailable`."""
    address = parsed(url)
    if address.drivername == "sqlite":
        paths = (file(address).with_name(f"{file(address).name}{suffix}") for suffix in ("", "-wal"))
        return sum(path.stat().st_size for path in paths if path.exists())
    with translated("the search index cannot be read"):
        connection = reading(address)
        try:
            cursor = connection.cursor()
            cursor.execute("SELECT " + " + ".join(f"pg_total_relation_size('{table}')" for table in _LARGE))
            row = cursor.fetchone()
            return int(row[0]) if row else 0
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Segment:
    """Some texts of a tenant: entries of the log, ascending, and which groups of letters each has."""

    id: int
    tenant: str
    entries: Ints
    width: int
    """Buckets in a row."""

    @classmethod
    def read(cls, row: Row) -> "Segment":
        """Return the segment in *row*."""
        number, tenant, _, _, _, width, packed = row
        gaps = np.frombuffer(compressor().unpack(bytes(packed)), "<i8")
        return cls(int(number), tenant, np.cumsum(gaps), int(width))

    @property
    def size(self) -> int:
        """How many texts it has."""
        return len(self.entries)

    def having(self, ask: Asked, wanted: Sequence[Group]) -> Mapping[Group, Ints]:
        """Return which texts, by position in `entries`, have each of the *wanted* groups."""
        lists, nothing = self._lists(ask, wanted), np.empty(0, np.int64)
        return {group: own[0].found(own[1]) if (own := lists.get(group)) else nothing for group in wanted}

    def counted(self, ask: Asked, wanted: Sequence[Group]) -> Mapping[Group, int]:
        """Return about how many texts have each of the *wanted* groups, sooner than `having` tells which."""
        lists = self._lists(ask, wanted)
        return {group: own[0].count(own[1]) if (own := lists.get(group)) else 0 for group in wanted}

    def narrowed(self, ask: Asked, wanted: Sequence[Group], texts: Ints) -> Ints:
        """Return those of *texts*, which are positions in `entries`, that have all *wanted* groups."""
        lists = self._lists(ask, wanted)
        for group in wanted:
            own = lists.get(group)
            texts = own[0].among(own[1], texts) if own else texts[:0]
        return texts

    def _lists(self, ask: Asked, wanted: Sequence[Group]) -> Mapping[Group, tuple[Lists, Group]]:
        """Return the lists among which each of the *wanted* groups is, and what it is called there."""
        base, room = self.id * BUCKETS, self.width * DETAILS
        numbers = sorted({base + group.bucket // self.width for group in wanted})
        rows = {int(number) - base: Lists.opened(bytes(lists)) for number, lists in ask.listed(_SOME_ROWS, numbers)}
        named = {group: group._replace(number=group.number % room) for group in wanted}
        return {group: (rows[at], own) for group, own in named.items() if (at := group.number // room) in rows}

    def postings(self, ask: Asked, first: int = 0, end: int = BUCKETS) -> Postings:
        """Return what it holds of the buckets from *first* to before *end*, which are those of whole rows."""
        base = self.id * BUCKETS
        rows = ask.rows(_ROWS, base + first // self.width, base + -(-end // self.width))
        return unpacked(((int(number) - base, bytes(lists)) for number, lists in rows), self.width, self.size)

    def room(self, ask: Asked) -> int:
        """Return how many bytes its rows take."""
        ((room,),) = ask.rows(_ROOM, self.id * BUCKETS, (self.id + 1) * BUCKETS)
        return int(room)


def segments(ask: Asked, tenant: str | None, known: dict[int, Segment]) -> Sequence[Segment]:
    """Return the segments of *tenant*, or of all, the oldest first.

    *known* remembers those that were read before; what is not there any more is dropped from it.
    """
    rows = ask.rows(_ALL) if tenant is None else ask.rows(_OF_TENANT, plain(tenant))
    sizes = {int(number): int(size) for number, size in rows}
    for number, one in [*known.items()]:
        mine = tenant is None or one.tenant == plain(tenant)
        if mine and sizes.get(number) != one.size:
            known.pop(number, None)
    read = {number: known[number] for number in sizes if number in known}
    read |= _read(ask, [number for number in sizes if number not in read])
    known |= read
    for number in [*known][:-REMEMBERED]:
        known.pop(number, None)
    return [read[number] for number in sizes]


def _read(ask: Asked, numbers: Sequence[int]) -> dict[int, Segment]:
    return {int(row[0]): Segment.read(row) for row in ask.listed(_SOME, numbers)}


def add(ask: Asked, tenant: str, texts: Mapping[int, Ints]) -> None:
    """Add *texts* of *tenant*, each given by its entry and its groups; newer ones than all that are there."""
    kept = sorted(texts)
    for start in range(0, len(kept), TEXTS):
        part = kept[start : start + TEXTS]
        _write(ask, _next(ask), tenant, np.array(part, np.int64), Postings.of([texts[entry] for entry in part]))
        while _merged(ask, tenant):
            pass


def replace(ask: Asked, tenant: str, texts: Mapping[int, Ints]) -> int:
    """Let each of *texts* of *tenant*, given by its entry, have these groups and no others; without any it goes.

    Returns how many there were.
    """
    if not texts:
        return 0
    count, wanted = 0, np.array(sorted(texts), np.int64)
    for number, first, last in ask.rows(_BETWEEN, plain(tenant), int(wanted[-1]), int(wanted[0])):
        if not vectors.among(wanted, first, last):
            continue
        (segment,) = _read(ask, [int(number)]).values()
        found = np.flatnonzero(np.isin(segment.entries, wanted))
        if found.size:
            count += int(found.size)
            other = {at: texts[int(segment.entries[at])] for at in found.tolist()}
            gone = np.array([at for at, groups in other.items() if not len(groups)], np.int64)
            _rewrite(ask, tenant, [segment], np.delete(segment.entries, gone), _Replacing(other, gone))
    return count


def apart(ask: Asked, tenant: str, entries: Sequence[int]) -> Sequence[Sequence[int]]:
    """Return *entries* of *tenant* in parts of one segment each, so that each can be dealt with in a short time."""
    wanted = np.array(sorted(entries), np.int64)
    if not wanted.size:
        return []
    firsts = ask.rows(_FIRSTS, plain(tenant), int(wanted[0]), int(wanted[-1]))
    parts = np.split(wanted, np.searchsorted(wanted, [int(row[0]) for row in firsts]))
    return [part.tolist() for part in parts if part.size]


def clear(ask: Asked, size: int) -> None:
    """Remove all texts, whatever the *size* of the log."""
    ask.run("DELETE FROM search_retained", ())
    ask.run("DELETE FROM search_outlasting", ())
    ask.run("DELETE FROM search_posting", ())
    ask.run("DELETE FROM search_piece", ())


def _merged(ask: Asked, tenant: str) -> bool:
    """Merge the newest segments of *tenant* if none of them is most of it; return whether it was so.

    Where all together would be too many texts for one, the oldest stay: in the end the large ones are merged by two.
    """
    sizes = {int(number): int(size) for number, size in ask.rows(_NEWEST, plain(tenant), TOGETHER)}
    if len(sizes) < TOGETHER:
        return False
    while sum(sizes.values()) > TEXTS:
        sizes.popitem()
    if max(sizes.values(), default=0) > UNEVEN * sum(sizes.values()):
        return False
    newest = sorted(_read(ask, [*sizes]).values(), key=lambda segment: int(segment.entries[0]))
    _rewrite(ask, tenant, newest, np.concatenate([segment.entries for segment in newest]), _joined)
    return True


Change = Callable[[Sequence[Postings], int, int], Postings]
"""Makes of what some segments hold of the buckets from one to before another what the one in their place holds."""


def _joined(parts: Sequence[Postings], first: int, end: int) -> Postings:
    return Postings.joined(parts)


@dataclass(frozen=True, slots=True)
class _Replacing:
    """A `Change`: *texts*, given by their numbers, have these groups and no others; those *gone* are not there."""

    texts: Mapping[int, Ints]
    gone: Ints

    def __call__(self, parts: Sequence[Postings], first: int, end: int) -> Postings:
        low, high = first * DETAILS, end * DETAILS
        here = {at: groups[(low <= groups) & (groups < high)] for at, groups in self.texts.items()}
        return parts[0].replaced(here).without(self.gone)


def _rewrite(ask: Asked, tenant: str, old: Sequence[Segment], entries: Ints, change: Change) -> None:
    """Put a segment with *entries* in the place of those *old*, some buckets after the others; nothing for none."""
    if entries.size:
        number, width = _next(ask), width_of(sum(segment.room(ask) for segment in old))
        step = max(AT_ONCE, width, *(segment.width for segment in old))
        _describe(ask, number, tenant, entries, width)
        for first in range(0, BUCKETS, step):
            end = first + step
            made = change([segment.postings(ask, first, end) for segment in old], first, end)
            ask.run(_ADD_ROW, *((number * BUCKETS + at, lists) for at, lists in made.rows(width)))
    for segment in old:
        _drop(ask, segment)


def _next(ask: Asked) -> int:
    """Return the number of the next segment: higher than that of any that is about to be dropped."""
    ((number,),) = ask.rows(_LAST)
    return int(number)


def _write(ask: Asked, number: int, tenant: str, entries: Ints, postings: Postings) -> None:
    width = width_of(postings.room)
    _describe(ask, number, tenant, entries, width)
    ask.run(_ADD_ROW, *((number * BUCKETS + at, lists) for at, lists in postings.rows(width)))


def _describe(ask: Asked, number: int, tenant: str, entries: Ints, width: int) -> None:
    packed = compressor().pack_text(np.diff(entries, prepend=0).astype("<i8").tobytes())
    ask.run(_ADD, (number, plain(tenant), int(entries[0]), int(entries[-1]), len(entries), width, packed))


def _drop(ask: Asked, segment: Segment) -> None:
    ask.run(_DROP, (segment.id,))
    ask.run(_DROP_ROWS, (segment.id * BUCKETS, (segment.id + 1) * BUCKETS))


def rarest(known: Sequence[Segment], ask: Asked, wanted: Sequence[Group], count: int) -> list[Group]:
    """Return the *count* groups of *wanted* that the fewest texts of the largest segment have, the rarest first.

    Fewer are all of them, in any order.
    """
    if len(wanted) <= count or not known:
        return [*wanted][:count]
    largest = max(known, key=lambda segment: segment.size)
    counts = largest.counted(ask, wanted)
    return sorted(wanted, key=lambda group: counts[group])[:count]
