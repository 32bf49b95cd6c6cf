"""The log in SQLite or PostgreSQL: one transaction an append, and in it rows, tree and everything that follows from it.

Whoever appends holds the log's only lock (SQLite: `BEGIN IMMEDIATE`; PostgreSQL: an advisory lock) and reads the tree
from the database, so that any number of processes continue one log without a fork. Rows go to the driver in bulk, as
tuples.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sqlalchemy import bindparam, literal_column, select, update
from sqlmodel import SQLModel

from gateway.domain.errors import LineageUnavailable
from gateway.domain.records import TreeHead
from gateway.domain.runs import Intent, KeyActivated, Outcome, RunEvent, Traced
from gateway.lineage.checkpoints import Checkpoint
from gateway.lineage.evidence import draw, leaf
from gateway.lineage.merkle import EMPTY_ROOT, Frontier, leaf_hash
from gateway.lineage.notes import Signer, key_name
from gateway.stores.asides import Asked
from gateway.stores.catalogue import Catalogue
from gateway.stores.checkpointing import Checkpoints
from gateway.stores.compression import compressor
from gateway.stores.connecting import Connection, Cursor, conflicts, inode, locked, parsed, reading, translated, writing
from gateway.stores.encoding import encode
from gateway.stores.foreseeing import FEW, foresee
from gateway.stores.keeping import LATEST, Keeper, Unsealed, sealed
from gateway.stores.masters import Masters, default_masters
from gateway.stores.memory import Memory
from gateway.stores.nodes import stored
from gateway.stores.packing import pack_id, pack_time, plain
from gateway.stores.projecting import PROJECTED, Projection, Values
from gateway.stores.repeats import Repeats, Unlisted
from gateway.stores.statements import Statement, Statements, table
from gateway.stores.tables import CheckpointRow, EventRow, LeafRow, OutcomeRow, ResponseRow, SaltRow, TreeRow

T = TypeVar("T")


class SQLStore:
    """A `Store` in the database at *url*, whose tables are there (`opening.open_store` sees to it).

    With a *signer* whose key the log has been told (an event of type `key`) each transaction leaves a checkpoint.
    Nobody else can append to such a log.
    """

    def __init__(self, url: str, signer: Signer | None = None, masters: Masters | None = None) -> None:
        self.head = TreeHead(0, EMPTY_ROOT)
        """What the log was after the last append."""
        self._url = parsed(url)
        self._signer = signer
        self._statements = Statements(self._url)
        self._sql = _SQL(self._statements)
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._file = 0
        self._checkpoints = Checkpoints(self._url) if self._url.drivername == "sqlite" else None
        self._masters = masters or default_masters(self._url)
        self._memories = _Memories(self._statements, self._masters)

    def append(self, events: Sequence[RunEvent]) -> Sequence[int]:
        """Append *events* in one transaction. See `Store.append`.

        Raises `ValueError` for an event that no state of the database could take: a second intent of a run, a number
        beyond 64 bits.
        """
        prepared = [_prepared(event) for event in events]
        with self._lock, translated("the lineage record cannot be written"):
            try:
                return self._transaction(prepared, repeated=False)
            except Exception as exc:
                if not (conflicts(exc) or isinstance(exc, Unlisted)):
                    raise
            # Looking for known events first would cost every append what only a repeated one needs.
            return self._transaction(prepared, repeated=True)

    def amend(self, change: Callable[[Asked], RunEvent | None]) -> int | None:
        """Erase in one transaction what *change* erases, and append the event that it returns; return its index.

        Nothing at all is done if it returns `None` or raises. Whoever else appends forgets what he remembers of rows.
        Raises `LineageUnavailable`, `ValueError`, and what *change* raises.
        """
        with self._lock, translated("the lineage record cannot be changed"):
            connection = self._connected()
            try:
                cursor = connection.cursor()
                locked(cursor, self._statements.begin)
                event = change(Asked(cursor, sqlite=self._url.drivername == "sqlite"))
                if event is None:
                    cursor.execute("ROLLBACK")
                    return None
                cursor.execute(self._sql.forget.text)
                indexes, head = self._write(cursor, [_prepared(event)], repeated=False)
                cursor.execute("COMMIT")
            except BaseException:
                self._memories.end(committed=False)
                self._roll_back(connection)
                raise
            self._memories.end(committed=True)
            self.head = head
            return indexes[0]

    def look(self, ask: Callable[[Asked], T]) -> T:
        """Return what *ask* asks of one state of the database, on a connection that only reads; nobody waits for it.

        Raises `LineageUnavailable`, and what *ask* raises.
        """
        with closing(reading(self._url)) as connection, translated("the lineage record cannot be read"):
            cursor = connection.cursor()
            cursor.execute(self._statements.snapshot.text)
            return ask(Asked(cursor, sqlite=self._url.drivername == "sqlite"))

    @property
    def url(self) -> str:
        """Where the database is."""
        return self._url.render_as_string(hide_password=False)

    def close(self) -> None:
        """Close the connection. A later append opens another one."""
        with self._lock:
            self._disconnect()

    def _transaction(self, prepared: Sequence["_Prepared"], *, repeated: bool) -> Sequence[int]:
        connection = self._connected()
        try:
            cursor = connection.cursor()
            locked(cursor, self._statements.begin)
            indexes, head = self._write(cursor, prepared, repeated=repeated)
            cursor.execute("COMMIT")
        except BaseException:
            self._memories.end(committed=False)
            self._roll_back(connection)
            raise
        self._memories.end(committed=True)
        self.head = head
        if self._checkpoints is not None:
            self._checkpoints.committed(len(prepared))
        return indexes

    def _write(
        self, cursor: Cursor, prepared: Sequence["_Prepared"], *, repeated: bool
    ) -> tuple[Sequence[int], TreeHead]:
        last, leaf = self._memories.last
        cursor.execute(self._sql.tree.text, (last,))
        row = cursor.fetchone()
        if row is None:
            raise LineageUnavailable("the lineage database has lost the state of its Merkle tree")
        if row[2] != self._memories.epoch or (row[3] or b"") != leaf:
            self._memories = _Memories(self._statements, self._masters, row[2])
        base = Frontier.load(row[0])
        batch = _Batch(self._sql, self._memories, cursor, base, row[1], repeated)
        before = base.size
        if len(prepared) > FEW:
            foresee(self._memories.catalogue, cursor, [entry.event for entry in prepared])
        indexes = [batch.known(entry) if repeated else batch.add(entry) for entry in prepared]
        head = batch.grow()
        if batch.events:
            batch.insert(head)
            if batch.keys:
                self._sign(cursor, before, head, f"{row[1]}\n{batch.keys}".split("\n"))
        return indexes, head

    def _sign(self, cursor: Cursor, base: int, head: TreeHead, keys: Sequence[str]) -> None:
        """Leave a checkpoint of *head* if ours is one of *keys*.

        They are those from before the transaction and those from after it: so a key can vouch for its successor.
        """
        signer = self._signer
        if signer is None or signer.written not in keys:
            known = ", ".join(key_name(key) for key in dict.fromkeys(filter(None, keys)))
            own = f"this process has {key_name(signer.written)}" if signer else "this process has none"
            raise LineageUnavailable(
                f"the lineage log is signed with the key {known}, but {own} (log.signing_key_file)"
            )
        signature = Checkpoint(signer.key.name, head).signed(signer)
        cursor.execute(self._sql.checkpoint.text, (head.size, base, head.root, signer.id, signature))

    def _connected(self) -> Connection:
        if self._connection is not None and self._file != inode(self._url):
            self._disconnect()
            raise LineageUnavailable("the lineage database file was moved, replaced or removed while it was in use")
        if self._connection is None:
            self._memories = _Memories(self._statements, self._masters)
            self._connection = writing(self._url)
            self._file = inode(self._url)
        return self._connection

    def _roll_back(self, connection: Connection) -> None:
        try:
            connection.cursor().execute("ROLLBACK")
        except Exception:
            # Whatever the connection's state is, a new one starts clean.
            self._disconnect()

    def _disconnect(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.close()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@dataclass(frozen=True, slots=True)
class _Prepared:
    """An event with all of its row that does not depend on the log."""

    event: RunEvent
    id: bytes
    run: bytes
    at: int
    detail: bytes


def _prepared(event: RunEvent) -> _Prepared:
    if plain(event.tenant) != event.tenant:
        event = replace(event, tenant=plain(event.tenant))
    return _Prepared(event, pack_id(event.id), pack_id(event.run), pack_time(event.at), encode(event.body))


_WRITTEN: tuple[type[SQLModel], ...] = (EventRow, SaltRow, LeafRow, *PROJECTED)


class _SQL:
    """The statements of an append."""

    def __init__(self, statements: Statements) -> None:
        tree, leaf, response = table(TreeRow), table(LeafRow), table(ResponseRow)
        data = select(leaf.c.data).where(leaf.c.idx == bindparam("last")).scalar_subquery()
        self.tree = statements.compiled(select(tree.c.frontier, tree.c["keys"], tree.c.epoch, data))
        self.grow = statements.compiled(
            update(tree).values(size=bindparam("s"), root=bindparam("r"), frontier=bindparam("f"), keys=bindparam("k"))
        )
        self.forget = statements.compiled(update(tree).values(epoch=tree.c.epoch + literal_column("1")))
        self.checkpoint = statements.insert(CheckpointRow)
        self.repeats = Repeats(statements)
        self.response = statements.compiled(select(response.c.seq).where(response.c.id == bindparam("id")))
        self.inserts: Mapping[type[SQLModel], Statement] = {model: statements.insert(model) for model in _WRITTEN}
        self.again = statements.insert(OutcomeRow, once=True)
        """Of several outcomes the first stays. A first attempt is refused instead: it may repeat that one."""


class _Memories:
    """What the writer remembers of the database it is connected to."""

    def __init__(self, statements: Statements, masters: Masters, epoch: int = 0) -> None:
        self.epoch = epoch
        """Which rows they are of: when some are erased, a new epoch begins."""
        self.last = (-1, b"")
        """The newest entry of which they may be, and its leaf, packed: a log that was put back has not that one."""
        self.catalogue = Catalogue(statements)
        self.keeper = Keeper(statements, masters, whole=epoch == 0)
        self.responses: Memory[bytes, int] = Memory(LATEST)

    def end(self, *, committed: bool) -> None:
        self.catalogue.end(committed=committed)
        self.keeper.end(committed=committed)
        self.responses.end(committed=committed)


@dataclass(slots=True)
class _Batch:
    """The rows of one transaction."""

    sql: _SQL
    memories: _Memories
    cursor: Cursor
    frontier: Frontier
    keys: str
    """The public keys of who may sign once the batch is written."""
    repeated: bool
    """Whether some of it may be in the log already: a first attempt was refused."""
    events: list[tuple[Values, RunEvent, bytes, bytes]] = field(default_factory=list)
    """Neither they nor leaves and texts are packed yet: one kind after the other each finds its dictionary at hand."""
    leaves: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    salts: list[tuple[int, bytes]] = field(default_factory=list)
    texts: list[Unsealed] = field(default_factory=list)
    projection: Projection = field(default_factory=Projection)
    indexes: dict[bytes, int] = field(default_factory=dict)

    def known(self, entry: _Prepared) -> int:
        """Return the index of *entry*, which is added only if it is not in the log yet."""
        index = self.indexes.get(entry.id)
        if index is None:
            index = self.sql.repeats.index(self.cursor, entry.event)
        if index is None:
            index = self.indexes[entry.id] = self.add(entry)
        return index

    def add(self, entry: _Prepared) -> int:
        """Add the rows of *entry* and return its index. Raises `Unlisted` if no row would refuse it a second time."""
        event, index = entry.event, self.frontier.size + len(self.events)
        seq = self._response(entry, index)
        if seq is None and isinstance(event.body, Outcome) and not self.repeated:
            raise Unlisted
        numbers, additions = self.memories.catalogue.resolve(self.cursor, event)
        catalogue = additions.dump()
        secret = draw()
        columns = (index, entry.id, entry.run, event.type, event.state._value_, entry.at, event.tenant)
        self.events.append((columns, event, entry.detail, catalogue))
        if isinstance(event.body, KeyActivated):
            kept = [key for key in self.keys.split("\n") if key and key not in event.body.retires]
            self.keys = "\n".join(dict.fromkeys([*kept, event.body.key]))
        self.salts.append((index, secret))
        self.projection.add(event, index, numbers, additions, seq)
        self.texts += self.memories.keeper.rows(self.cursor, event, entry.run, entry.at, additions)
        return index

    def grow(self) -> TreeHead:
        """Add the leaves of all events to the tree, and return what it is then."""
        for (_, event, detail, catalogue), (index, secret) in zip(self.events, self.salts, strict=True):
            data = leaf(event, detail, catalogue, secret)
            self.leaves.append((index, stored(self.frontier.append(leaf_hash(data))), data))
        return TreeHead(self.frontier.size, self.frontier.root())

    def insert(self, head: TreeHead) -> None:
        """Write the rows and the tree, which is *head* then."""
        sql, cursor = self.sql, self.cursor
        self.texts += self.memories.keeper.chunks(cursor)
        pack, pack_leaf = compressor().pack_record, compressor().pack_leaf
        events = [
            (*columns, pack(detail), pack(catalogue) if catalogue else None)
            for columns, _, detail, catalogue in self.events
        ]
        leaves = [(index, nodes, pack_leaf(data)) for index, nodes, data in self.leaves]
        cursor.executemany(sql.inserts[EventRow].text, events)
        cursor.executemany(sql.inserts[LeafRow].text, leaves)
        cursor.executemany(sql.inserts[SaltRow].text, self.salts)
        for model, rows in self.projection.rows.items():
            if rows:
                insert = sql.again if self.repeated and model is OutcomeRow else sql.inserts[model]
                cursor.executemany(insert.text, rows)
        if self.texts:
            cursor.executemany(self.memories.keeper.insert.text, sealed(self.texts))
        cursor.execute(sql.grow.text, (head.size, head.root, self.frontier.dump(), self.keys))
        self.memories.last = leaves[-1][0], leaves[-1][2]

    def _response(self, entry: _Prepared, index: int) -> int | None:
        """The response that *entry* belongs to: an intent begins it, an outcome ends it, late spans add to it."""
        if isinstance(entry.event.body, Intent):
            self.memories.responses.learn(entry.run, index)
            return index
        if isinstance(entry.event.body, Outcome | Traced):
            seq = self.memories.responses.get(entry.run)
            return self._select(self.sql.response, entry.run) if seq is None else seq
        return None

    def _select(self, statement: Statement, key: bytes) -> int | None:
        self.cursor.execute(statement.text, (key,))
        row = self.cursor.fetchone()
        return None if row is None else int(row[0])
