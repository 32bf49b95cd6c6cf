"""What the record has of a person, and its erasure, one short transaction after the other.

First all that names them is redacted, their responses from the newest back to the oldest, so that what an entry brought
loses its name when no later one speaks of it any more; then documents that others had too, who were erased before
(lastdocuments.py); then the texts go that their key has sealed, and at last the key. Whatever is broken off can be
begun again: the record is whole in between, and says how far it got.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.domain.erasures import Erasure, Hold, HoldsIt
from gateway.domain.principals import Principal
from gateway.domain.runs import Accessed, Erased, IncidentChanged, Quarantined
from gateway.domain.scopes import joined
from gateway.lineage.evidence import commitment
from gateway.stores import erasedchunks, erasedorders, owndocuments, shredding
from gateway.stores.additions import Additions, short
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.contentkeys import DOCUMENT, SUBJECT, TenantKey
from gateway.stores.decoding import decode
from gateway.stores.documented import lies
from gateway.stores.encoding import encode
from gateway.stores.erasedorders import Orders
from gateway.stores.holding import active, refuse
from gateway.stores.lastdocuments import LastDocuments
from gateway.stores.masters import Masters
from gateway.stores.mentions import mentions
from gateway.stores.owndocuments import Parts
from gateway.stores.packing import pack_id, pack_time
from gateway.stores.redacting import Documents, redacted, residue, unnamed_thing, without
from gateway.stores.shredding import tenant_key
from gateway.stores.sought import Named, Sought
from gateway.stores.tables import LATER

PAGE = 64
"""Responses, and other entries, that one transaction erases at most."""

TEXTS = 512
"""Texts that it removes at most."""

GRACE = timedelta(hours=1)
"""How long a response without an outcome counts as running."""

_COUNTED = """SELECT COUNT(*), COUNT(o.event), SUM(CASE WHEN o.event IS NULL AND r.at >= ? THEN 1 ELSE 0 END)
    FROM response r LEFT JOIN outcome o ON o.seq = r.seq WHERE r.tenant = ? AND r.end_user = ?"""
_TOLD = f"""SELECT COUNT(DISTINCT e.position / {LATER}) FROM response r JOIN edge e ON e.seq = r.seq
    WHERE r.tenant = ? AND r.end_user = ? AND e.position >= {LATER}"""  # noqa: S608
_ENDED = """SELECT r.seq, o.event FROM response r LEFT JOIN outcome o ON o.seq = r.seq
    WHERE r.tenant = ? AND r.end_user = ? AND (o.event IS NOT NULL OR r.at < ?) ORDER BY r.seq DESC LIMIT ?"""
_RUNNING = "SELECT seq FROM response WHERE tenant = ? AND end_user = ? LIMIT ?"
_THEIRS = "SELECT 1 FROM response WHERE tenant = ? AND end_user = ? AND id = ?"
_EDGES = "SELECT seq, position, chunk FROM edge WHERE seq IN (*)"
_ENTRIES = "SELECT idx, type, detail, catalogue FROM event WHERE idx IN (*)"
_SALTED = "SELECT event FROM salt WHERE event IN (*)"
_SIZE = "SELECT size FROM tree"

_REDACT = "UPDATE event SET detail = ?, catalogue = ? WHERE idx = ?"
_UNSALTED = "DELETE FROM salt WHERE event = ?"
_NOBODY = "UPDATE response SET end_user = '', trace = NULL WHERE seq = ?"
_NO_TARGET = "UPDATE hold SET target = '' WHERE event = ? AND kind = 'subject' AND target = ?"
_UNNAMED = {
    "access": "UPDATE access SET subject = ? WHERE event = ? AND subject = ?",
    "incident": "UPDATE incident SET subject = ? WHERE event = ? AND subject = ?",
}
_NO_NAME = "DELETE FROM conversation WHERE seq = ?"


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is of a person."""

    told: Erasure
    documents: dict[int, Named]
    """Those that go with them, by number."""
    untouched: frozenset[int]
    """Those of them that nobody else ever had: no other entry speaks of them."""
    mentions: Sequence[int]
    """Entries beside their responses that name them."""
    size: int
    """Entries of the log that were looked at."""


@dataclass(slots=True)
class _Done:
    """What one transaction did."""

    begins: set[int] = field(default_factory=set)
    """Documents that go, as far as is known."""
    entries: dict[int, str] = field(default_factory=dict)
    """Entries that were redacted, and what is left of each."""
    first: int = 0
    """How many of them were not redacted before."""
    responses: int = 0
    texts: int = 0
    shredded: bool = False
    """Whether the key went."""

    @property
    def any(self) -> bool:
        """Whether anything was erased."""
        return bool(self.entries or self.texts or self.shredded)


@dataclass(slots=True)
class Person:
    """The erasure of the person *name* on *by*'s order; *salt* is behind the commitments to whom it was."""

    by: Principal
    name: str
    masters: Masters
    salt: bytes
    more: bool = True
    """Whether something may be left to erase."""
    chunks: set[int] = field(default_factory=set)
    """Chunks that may have lost their texts."""
    waits: bool = False
    """Whether `late` has to be called before the next step."""
    _last: LastDocuments = field(default_factory=lambda: LastDocuments("", "", {}))
    """The documents that may go, too."""
    _untouched: frozenset[int] = frozenset()
    """Those of them of which only their responses spoke when they were surveyed: they can go with those."""
    _late: set[int] = field(default_factory=set)
    """Documents that nobody else has any more, as it turned out meanwhile."""
    _sought: Sought = field(default_factory=lambda: Sought.of(""))
    _mentions: list[int] = field(default_factory=list)
    """Entries beside their responses that name them, of those before `_size`."""
    _size: int = 0
    _surveyed: int = 0
    """Entries of the log that the survey looked at."""
    _begun: frozenset[int] = frozenset()

    def survey(self, ask: Asked) -> Survey:
        """Return what there is to erase. Raises `HoldsIt` if a legal hold lies on it, or a response is running."""
        tenant, who = self.by.tenant, self.name
        ((responses, ended, running),) = ask.rows(_COUNTED, _due(), tenant, who)
        if running:
            raise _running(running)
        documents = self._going(ask)
        ((size,),) = ask.rows(_SIZE)
        named = [*mentions(ask, tenant, Sought.of(who, documents.values()))]
        ((told,),) = ask.rows(_TOLD, tenant, who)
        key, texts = tenant_key(ask, self.masters, tenant), 0
        if key is not None:
            owners = [(SUBJECT, key.subject(who, ""))]
            owners += [(DOCUMENT, key.document(one.source, one.document)) for one in documents.values()]
            numbers = (shredding.number(ask, tenant, kind, owner) for kind, owner in owners)
            texts = sum(shredding.count(ask, number) for number in numbers if number is not None)
        names = [one.document for one in documents.values()]
        beside = len(named) + len(Orders.about(ask, tenant, documents).entries.keys() - {*named})
        given_up = erasedorders.contained_of(ask, tenant, documents.values())
        erasure = Erasure("subject", responses, responses + ended + told + beside, texts, names, given_up)
        untouched = frozenset(owndocuments.untouched(ask, tenant, documents, who))
        return Survey(erasure, documents, untouched, named, int(size))

    def begin(self, ask: Asked, survey: Survey) -> None:
        """Begin with what *survey* found."""
        self._last = LastDocuments(self.by.tenant, self.name, {**survey.documents})
        self._untouched, self._mentions = survey.untouched, [*survey.mentions]
        self._sought = Sought.of(self.name, survey.documents.values())
        self._size = self._surveyed = survey.size
        self._begun = owndocuments.begun(ask, self.by.tenant)

    def step(self, ask: Asked) -> tuple[Erasure, Erased | Quarantined | None]:
        """Erase the next part, and return it with what tells of it; with nothing, where nothing was left.

        Or give up a quarantine of what is no longer there. Raises `HoldsIt` if a hold was placed meanwhile, or a
        response of theirs began.
        """
        self._refuse(ask, {})
        if (given_up := erasedorders.given_up(ask, self.by)) is not None:
            return Erasure("subject"), given_up
        done = _Done({*self._last.documents})
        # Known ones come first: they may name documents whose names nobody knows any more after the responses.
        self._mentioned(ask, done)
        room = PAGE - len(done.entries)
        rows = ask.rows(_ENDED, self.by.tenant, self.name, _due(), room) if room else ()
        if rows:
            self._responses(ask, rows, done)
        running = len(ask.rows(_RUNNING, self.by.tenant, self.name, PAGE)) if len(rows) < room else 0
        if running and not done.any:
            raise _running(running)
        theirs = len(rows) < room and not running
        self.more = not (theirs and self._documents(ask, room - len(rows), done) and self._texts(ask, done))
        self.more = self.more or erasedorders.given_up(ask, self.by) is not None
        begins = done.begins - self._begun
        self._begun |= begins
        told = Erasure("subject", done.responses, done.first, done.texts)
        if not done.any:
            return told, None
        committed = commitment(self.salt, b"subject", joined(self.by.tenant, self.name))
        entries = tuple(sorted(done.entries.items()))
        return told, Erased(self.by, "subject", committed, entries, done.texts, documents=tuple(sorted(begins)))

    def late(self, ask: Asked) -> Sequence[Named]:
        """Return the documents that turned out to go with them, too, and learn where they are named.

        Raises `HoldsIt` if a hold lies on one of them.
        """
        numbers = owndocuments.alone(ask, self.by.tenant, self._late - self._last.documents.keys(), self.name)
        found = owndocuments.named(ask, self.by.tenant, numbers)
        self._refuse(ask, found)
        if found:
            self._last.documents |= found
            self._sought = Sought.of(self.name, [*self._sought.documents, *found.values()])
            ((size,),) = ask.rows(_SIZE)
            self._size, self._mentions = int(size), [*mentions(ask, self.by.tenant, self._sought)]
        self._late, self.waits = set(), False
        return [*found.values()]

    def _going(self, ask: Asked) -> dict[int, Named]:
        """Return the documents that go with them, by number, with those that an erasure which broke off left."""
        tenant, holds = self.by.tenant, active(ask, self.by.tenant)
        declared = owndocuments.declared(ask, tenant, self.name)
        own = owndocuments.named(ask, tenant, owndocuments.alone(ask, tenant, declared, self.name))
        self._refuse(ask, own)
        left = owndocuments.named(ask, tenant, owndocuments.begun(ask, tenant) - {*declared})
        left = {
            number: one for number, one in left.items() if not any(_holds(ask, hold, number, one) for hold in holds)
        }
        return own | {number: left[number] for number in owndocuments.alone(ask, tenant, left, self.name)}

    def _refuse(self, ask: Asked, documents: Mapping[int, Named]) -> None:
        """Raise `HoldsIt` if a hold lies on the person, on a response of theirs or on one of *documents*.

        Be it on a part of one, or on a response of somebody else that it fed, who was erased before.
        """
        holds = active(ask, self.by.tenant)
        refuse(holds, "subject", [self.name])
        own = [one.target for one in holds if one.kind == "response" and self._is_theirs(ask, one.target)]
        refuse(holds, "response", own)
        for hold in holds:
            if any(_holds(ask, hold, number, one) for number, one in documents.items()):
                refuse([hold], hold.kind, [hold.target])

    def _is_theirs(self, ask: Asked, response: str) -> bool:
        return bool(ask.rows(_THEIRS, self.by.tenant, self.name, pack_id(response)))

    def _responses(self, ask: Asked, rows: Sequence[Row], done: _Done) -> None:
        """Erase the responses in *rows*, and what of their documents came with them."""
        edges = _edges(ask, [row[0] for row in rows])
        touched = owndocuments.of_chunks(ask, [*{chunk for found in edges.values() for chunk in found}])
        own = [row[0] for row in rows] + [row[1] for row in rows if row[1] is not None]
        self._part(ask, [*dict.fromkeys([*own, *edges])], edges, self._parts(ask, touched), done)
        ask.run(_NO_NAME, *((row[0],) for row in rows))
        ask.run(_NOBODY, *((row[0],) for row in rows))
        done.responses += len(rows)
        late = self._last.theirs([one for one in touched if one not in self._last.documents], ask)
        named = owndocuments.named(ask, self.by.tenant, late)  # without those that just went
        self._late |= named.keys()
        done.begins |= named.keys()

    def _parts(self, ask: Asked, touched: Sequence[int]) -> Parts:
        """Return those of the documents *touched* that go at once, as it is now: others may have declared them."""
        tenant, numbers = self.by.tenant, [one for one in touched if one in self._untouched]
        theirs = {*owndocuments.untouched(ask, tenant, numbers, self.name, self._surveyed)}
        self._untouched -= {*numbers} - theirs
        named = {number: one for number, one in self._last.documents.items() if number in theirs}
        if named:
            self._refuse(ask, named)
        return owndocuments.parts(ask, named)

    def _documents(self, ask: Asked, room: int, done: _Done) -> bool:
        """Redact at most so many further entries that speak of their documents; return whether that is all."""
        self.waits = bool(self._late)
        while room and not self.waits and (part := self._last.next(ask, room)) is not None:
            self._refuse(ask, part.parts.named)
            edges = _edges(ask, [*{seq for _, seq in part.entries}])
            self._part(ask, [entry for entry, _ in part.entries], edges, part.parts, done)
            room -= len(part.entries)
        return not (self.waits or self._last.documents)

    def _part(
        self, ask: Asked, wanted: Sequence[int], edges: Mapping[int, Sequence[int]], parts: Parts, done: _Done
    ) -> None:
        """Redact the entries *wanted*, and remove what they brought of *parts*."""
        self.chunks |= erasedchunks.equal(ask, {*parts.chunks, *(chunk for found in edges.values() for chunk in found)})
        self._redact(ask, wanted, parts.all, edges, done)
        gone = parts.rename(ask, {*wanted})
        self._last.drop(gone)
        if gone:
            self._orders(ask, gone, done)
        key = tenant_key(ask, self.masters, self.by.tenant) if gone else None
        if key is not None:
            done.texts += sum(self._document(ask, key, one) for one in gone.values())

    def _orders(self, ask: Asked, gone: Mapping[int, Named], done: _Done) -> None:
        """Redact what is said of the documents *gone* where they were taken out of use, or held."""
        orders = Orders.about(ask, self.by.tenant, gone)
        for entry, number in orders.entries.items():
            self._redact(ask, [entry], Documents(named=number), {}, done)
        orders.rename(ask)

    def _document(self, ask: Asked, key: TenantKey, one: Named) -> int:
        """Remove the texts and the key of a document; return how many texts there were."""
        number = shredding.number(ask, self.by.tenant, DOCUMENT, key.document(one.source, one.document))
        if number is None:
            return 0
        removed = shredding.remove(ask, number)
        shredding.shred(ask, number)
        return len(removed)

    def _mentioned(self, ask: Asked, done: _Done) -> None:
        """Redact the next entries beside the responses that name the person, or a document of theirs."""
        ((size,),) = ask.rows(_SIZE)
        self._mentions += mentions(ask, self.by.tenant, self._sought, self._size)
        self._size = int(size)
        part, self._mentions = self._mentions[:PAGE], self._mentions[PAGE:]
        self._redact(ask, part, Documents(), {}, done)

    def _texts(self, ask: Asked, done: _Done) -> bool:
        """Remove the next texts of the person, and with the last ones the key; return whether nothing is left."""
        key = tenant_key(ask, self.masters, self.by.tenant)
        number = None if key is None else shredding.number(ask, self.by.tenant, SUBJECT, key.subject(self.name, ""))
        if number is None:
            return True
        removed = len(shredding.remove(ask, number, TEXTS))
        done.texts += removed
        done.shredded = removed < TEXTS
        if done.shredded:
            shredding.shred(ask, number)
        return done.shredded

    def _redact(
        self,
        ask: Asked,
        wanted: Sequence[int],
        documents: Documents,
        numbers: Mapping[int, Sequence[int]],
        done: _Done,
    ) -> None:
        """Redact the entries *wanted*, whose edges lead to the chunks *numbers*, as far as they are not yet."""
        whole = {int(row[0]) for row in ask.listed(_SALTED, wanted)}
        unpack, pack = compressor().unpack, compressor().pack_record
        for index, kind, packed, added in [*ask.listed(_ENTRIES, wanted)]:
            chunks, before = numbers.get(index, ()), unpack(bytes(packed))
            additions = b"" if added is None else unpack(bytes(added))
            body = decode(kind, before)
            detail = encode(redacted(body, documents, chunks, self._sought))
            catalogue = without(Additions.load(additions), documents, chunks).dump() if additions else b""
            if index not in whole and (detail, catalogue) == (before, additions):
                continue
            ask.run(_REDACT, (pack(detail), pack(catalogue) if catalogue else None, index))
            ask.run(_UNSALTED, (index,))
            ask.run(_NO_TARGET, (index, short(self.name)))
            if isinstance(body, Accessed | IncidentChanged):
                own = body.subjects if isinstance(body, Accessed) else body.items
                for thing in self._sought.things.intersection(own):
                    ask.run(_UNNAMED[kind], (unnamed_thing(thing), index, short(thing)))
            done.entries[int(index)] = residue(detail, catalogue)
            done.first += index in whole


def _holds(ask: Asked, hold: Hold, number: int, document: Named) -> bool:
    """Return whether *hold* lies on the *document* of that number, on a chunk of it, or on a response that it fed."""
    if hold.kind == "document":
        return hold.target == short(document.document)
    return hold.kind in ("chunk", "response") and lies(ask, hold, [number])


def _edges(ask: Asked, responses: Sequence[int]) -> dict[int, list[int]]:
    """Return by entry the chunks that the edges lead to which it told of, of all *responses*."""
    found: dict[int, list[tuple[int, int]]] = {}
    for seq, position, chunk in ask.listed(_EDGES, responses):
        found.setdefault(position // LATER or seq, []).append((position, chunk))
    return {entry: [chunk for _, chunk in sorted(edges)] for entry, edges in found.items()}


def _due() -> int:
    """Return the time after which a response without an outcome began that may be running."""
    return pack_time(datetime.now(UTC) - GRACE)


def _running(count: int) -> HoldsIt:
    return HoldsIt(
        f"Nothing was erased: {count} responses of this person are still running, or broke off less than an "
        "hour ago; try again when they have ended.",
        code="still_running",
    )
