"""Whether the tables say of an entry what the log says."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlmodel import SQLModel

from gateway.domain.digests import Digest, digest
from gateway.domain.documents import Chunk, Source
from gateway.domain.errors import LineageUnavailable
from gateway.domain.records import Fault
from gateway.domain.runs import Ingestion, Intent, Outcome, RunEvent, Traced
from gateway.stores import checks
from gateway.stores.additions import Additions, short
from gateway.stores.catalogue import ENTERING, REMEMBERED
from gateway.stores.connecting import Row
from gateway.stores.contentkeys import DOCUMENT, SUBJECT, TenantKey
from gateway.stores.erasures import Erasures
from gateway.stores.memory import Memory
from gateway.stores.packing import pack_digest, pack_id, plain
from gateway.stores.projecting import PROJECTED, Projection
from gateway.stores.queries import Asking, Query
from gateway.stores.redacting import erased_name
from gateway.stores.statements import table
from gateway.stores.tables import LATER, EdgeRow, IngestionRow, OutcomeRow
from gateway.stores.texts import Texts

_NOTHING = digest("")

_MISSING = "is missing"


class Comparison:
    """Compares entry after entry with the rows of the other tables."""

    def __init__(self, ask: Asking, texts: Texts, erasures: Erasures) -> None:
        self.outcomes = 0
        """How many entries the rows of `outcome` belong to so far."""
        self.told = 0
        """How many rows of `edge` belong to entries after their response's intent."""
        self._ask = ask
        self._rows: dict[type[SQLModel], dict[int, list[Row]]] = {}
        self._known: Memory[tuple[Query, int], Row] = Memory(REMEMBERED)
        self._opened = texts
        self._erasures = erasures
        self._caller = ("", "")
        """End user and application of the response of the entry that was compared last."""
        self._texts: Memory[tuple[str, Owner, Digest], bool] = Memory(REMEMBERED)

    def load(self, first: int, last: int) -> None:
        """Read the rows of the entries from *first* to *last*."""
        self._known.end(committed=True)
        self._texts.end(committed=True)
        for model, query in checks.ROWS.items():
            by_entry = self._rows[model] = {}
            owner = list(table(model).c.keys()).index(checks.OWNER[model])
            for row in self._ask(query, first=first, last=last):
                by_entry.setdefault(row[owner], []).append(tuple(row))

    def faults(self, index: int, event: RunEvent, additions: Additions) -> Iterator[Fault]:
        """Yield what is wrong in the other tables about *event*, entry *index* of the log."""
        yield from self._projected(index, event, additions)
        numbered = self._numbered(index, event) if any(new.kept for new in additions.chunks) else ()
        for owner, name in dict.fromkeys(_texts(event, additions, numbered, self._caller)):
            try:
                key = self._opened.key(event.tenant)
            except LineageUnavailable as exc:
                yield Fault(index, f"the text {name} that this {event.type} kept cannot be opened: {exc.message}")
                continue
            except ValueError as exc:
                yield Fault(index, f"the text {name} that this {event.type} kept was altered: {exc}")
                continue
            problem = self._text(event.tenant, key, owner, name)
            if problem == _MISSING and self._erasures.accounts_for(
                index, event.at, key and key.text(name), key and owner.name(key)
            ):
                continue
            if problem:
                yield Fault(index, f"the text {name} that this {event.type} kept {problem}")

    def _projected(self, index: int, event: RunEvent, additions: Additions) -> Iterator[Fault]:
        seq, ending = self._ending(index, event)
        told = self._told(index, event, seq)
        numbers, meant = self._numbers(index, event.body, told), _meant(event)
        if isinstance(event.body, Outcome | Traced) and seq is None:
            yield Fault(index, f"this {event.type} has no intent: its response is missing")
            numbers, meant = (), []
        elif len(numbers) != len(meant):
            name = "ingestion" if isinstance(event.body, Ingestion) else "edge"
            yield Fault(index, f"table {name} has {len(numbers)} rows of this {event.type} instead of {len(meant)}")
            return
        for position, (number, identity) in enumerate(zip(numbers, meant, strict=True)):
            if self._identity(event, number) != identity and not self._begun(index, event.body, number, identity):
                yield Fault(index, f"number {number} in the catalogue is not what position {position} was recorded as")
        projection = Projection()
        projection.add(event, index, numbers, additions, seq)
        for model in PROJECTED:
            found = ending if model is OutcomeRow else self._rows[model].get(index, [])
            if model is EdgeRow and told:
                found = told
            yield from _differences(index, event, model, projection.rows[model], found)

    def _numbers(self, index: int, body: object, told: Sequence[Row]) -> Sequence[int]:
        """The catalogue's numbers in the rows of the entry, which must be what the entry speaks of."""
        if isinstance(body, Intent):
            return [row[2] for row in self._rows[EdgeRow].get(index, [])]
        if isinstance(body, Traced):
            return [row[2] for row in told]
        if isinstance(body, Ingestion):
            return [row[2] for row in self._rows[IngestionRow].get(index, [])]
        return ()

    def _identity(self, event: RunEvent, number: int) -> Row | None:
        query = checks.version if isinstance(event.body, Ingestion) else checks.chunk
        identity = self._known.get((query, number))
        if identity is None:
            rows = self._ask(query, number=number)
            if not rows:
                return None
            identity = tuple(rows[0])
            self._known.learn((query, number), identity)
        return identity

    def _begun(self, index: int, body: object, number: int, identity: Row) -> bool:
        """Return whether entry *index* has lost the name of the chunk *number*, which itself has not lost it yet.

        So it is while a person is erased, from the newest entry to the oldest; the catalogue's row goes with the entry
        that brought it.
        """
        erased = index in self._erasures.entries and isinstance(body, Intent | Traced)
        return erased and bool(identity[-1] == pack_digest(erased_name(number)))

    def _ending(self, index: int, event: RunEvent) -> tuple[int | None, list[Row]]:
        """The response that *event* ends or adds to, and the outcome that is listed for one that it ends."""
        self._caller = ("", "")
        if isinstance(event.body, Intent):
            self._caller = plain(event.body.principal.end_user), plain(event.body.principal.application)
        if not isinstance(event.body, Outcome | Traced):
            return None, []
        rows = self._ask(checks.ending, run=pack_id(event.run))
        if not rows:
            return None, []
        seq, end_user, application, *outcome = rows[0]
        self._caller = end_user, application
        if outcome[0] is None or isinstance(event.body, Traced):
            return seq, []
        self.outcomes += outcome[1] == index
        return seq, [tuple(outcome)]

    def _told(self, index: int, event: RunEvent, seq: int | None) -> list[Row]:
        """The edges by which *event* added to the response *seq*."""
        if seq is None or not isinstance(event.body, Traced):
            return []
        rows = self._ask(checks.told, seq=seq, first=index * LATER, end=(index + 1) * LATER)
        self.told += len(rows)
        return [tuple(row) for row in rows]

    def _numbered(self, index: int, event: RunEvent) -> Sequence[tuple[int, Chunk]]:
        """The chunks that the edges of the entry lead to, each with its number in the catalogue."""
        body = event.body
        if isinstance(body, Intent):
            rows = self._rows[EdgeRow].get(index, [])
        elif isinstance(body, Traced):
            found = self._ask(checks.ending, run=pack_id(event.run))
            told = (
                self._ask(checks.told, seq=found[0][0], first=index * LATER, end=(index + 1) * LATER) if found else []
            )
            rows = [tuple(row) for row in told]
        else:
            return ()
        return [(row[2], edge.chunk) for row, edge in zip(rows, body.edges, strict=False)]

    def _text(self, tenant: str, key: TenantKey | None, owner: "Owner", name: Digest) -> str:
        if key is None:
            return _MISSING
        if self._texts.get((tenant, owner, name)):
            return ""
        try:
            data = self._opened.copy(tenant, owner.kind, owner.name(key), key.text(name))
        except ValueError as exc:
            return f"was altered: {exc}"
        except LineageUnavailable as exc:
            return f"cannot be opened: {exc.message}"
        if data is None:
            return _MISSING
        if digest(data) != name:
            return "was altered: it has another digest"
        self._texts.learn((tenant, owner, name), True)
        return ""


class Owner(NamedTuple):
    """Whose a text is: of a person or an application, or of a document."""

    kind: str
    parts: tuple[str, ...]

    def name(self, key: TenantKey) -> bytes:
        """Return the name of its key."""
        if self.kind == SUBJECT:
            return key.subject(*self.parts)
        namespace, source, document = self.parts
        return key.document(Source(namespace, source), document)


def _differences(
    index: int, event: RunEvent, model: type[SQLModel], expected: Sequence[Row], found: Sequence[Row]
) -> Iterator[Fault]:
    name = table(model).name
    if len(found) != len(expected):
        yield Fault(index, f"table {name} has {len(found)} rows of this {event.type} instead of {len(expected)}")
    for want, have in zip(expected, found, strict=False):
        if want != have:
            columns = [column for column, a, b in zip(table(model).c.keys(), want, have, strict=True) if a != b]
            yield Fault(index, f"table {name}, {', '.join(columns)}: not what this {event.type} recorded")


def _meant(event: RunEvent) -> list[Row]:
    """What the numbers in the rows of *event* must stand for in the catalogue."""
    body = event.body
    if isinstance(body, Intent | Traced):
        return [
            (
                *_document(event.tenant, edge.chunk.source, edge.chunk.document, edge.chunk.version),
                edge.chunk.ordinal,
                pack_digest(edge.chunk.digest),
            )
            for edge in body.edges
        ]
    if isinstance(body, Ingestion):
        entering = [entry.document for entry in body.documents if entry.outcome in ENTERING]
        return [_document(event.tenant, one.source, one.id, one.version) for one in entering]
    return []


def _document(tenant: str, source: Source, name: str, version: Digest) -> Row:
    return tenant, short(source.namespace), short(source.name), short(name), pack_digest(version)


def _texts(
    event: RunEvent, additions: Additions, numbered: Sequence[tuple[int, Chunk]], caller: tuple[str, str]
) -> Iterator[tuple[Owner, Digest]]:
    """The texts that came to be kept with *event*, or were kept already, each with whose it is.

    *numbered* are the chunks of its edges, *caller* is who made the response.
    """
    body = event.body
    if isinstance(body, Intent | Outcome):
        yield from ((Owner(SUBJECT, caller), name) for name in body.content)
    if isinstance(body, Ingestion):
        for entry in body.documents:
            if entry.outcome in ENTERING:
                owner = _owner(entry.document.source, entry.document.id)
                yield from ((owner, chunk.digest) for chunk in entry.chunks if chunk.digest != _NOTHING)
    kept = {new.id: new.digest for new in additions.chunks if new.kept}
    for number, chunk in numbered:
        if number in kept:
            yield _owner(chunk.source, chunk.document), kept[number]


def _owner(source: Source, document: str) -> Owner:
    return Owner(DOCUMENT, (source.namespace, source.name, document))
