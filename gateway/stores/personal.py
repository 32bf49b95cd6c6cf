"""What the record has of a person, and its erasure, one short transaction after the other.

First all that names them is redacted, their responses from the newest back to the oldest, so that what an entry brought
loses its name when no later one speaks of it any more; then the texts go that their key has sealed, and at last the
key. Whatever is broken off can be begun again: the record is whole in between, and says how far it got.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from gateway.domain.erasures import Erasure, HoldsIt
from gateway.domain.principals import Principal
from gateway.domain.runs import Accessed, Erased, IncidentChanged
from gateway.domain.scopes import joined
from gateway.lineage.evidence import commitment
from gateway.stores import owndocuments, shredding
from gateway.stores.additions import Additions, short
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.contentkeys import DOCUMENT, SUBJECT, TenantKey
from gateway.stores.decoding import decode
from gateway.stores.encoding import encode
from gateway.stores.holding import active, refuse
from gateway.stores.masters import Masters
from gateway.stores.mentions import mentions
from gateway.stores.owndocuments import Parts
from gateway.stores.packing import pack_id, pack_time
from gateway.stores.redacting import redacted, residue, unnamed_thing, without
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
    mentions: Sequence[int]
    """Entries beside their responses that name them."""
    size: int
    """Entries of the log that were looked at."""


@dataclass(slots=True)
class Person:
    """The erasure of the person *name* on *by*'s order; *salt* is behind the commitments to whom it was."""

    by: Principal
    name: str
    masters: Masters
    salt: bytes
    more: bool = True
    """Whether something may be left to erase."""
    _documents: dict[int, Named] = field(default_factory=dict)
    """Those that may go too."""
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
        documents = owndocuments.declared(ask, tenant, who)
        self._refuse(ask, documents.values())
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
        erasure = Erasure("subject", responses, responses + ended + told + len(named), texts, names)
        return Survey(erasure, documents, named, int(size))

    def begin(self, ask: Asked, survey: Survey) -> None:
        """Begin with what *survey* found."""
        self._documents, self._mentions = survey.documents, [*survey.mentions]
        self._sought = Sought.of(self.name, survey.documents.values())
        self._size = self._surveyed = survey.size
        self._begun = owndocuments.begun(ask, self.by.tenant)

    def step(self, ask: Asked) -> tuple[Erasure, Erased | None]:
        """Erase the next part, and return it with what tells of it; with nothing, where nothing was left.

        Raises `HoldsIt` if a hold was placed meanwhile, or a response of theirs began.
        """
        self._refuse(ask, ())
        begins = tuple(sorted({*self._documents} - self._begun))
        # Known ones come first: they may name documents whose names nobody knows any more after the responses.
        entries, texts, shredded = self._mentioned(ask), 0, False
        room = PAGE - len(entries)
        rows = ask.rows(_ENDED, self.by.tenant, self.name, _due(), room) if room else ()
        if rows:
            more, texts = self._responses(ask, rows)
            entries += more
        running = len(ask.rows(_RUNNING, self.by.tenant, self.name, PAGE)) if len(rows) < room else 0
        if running and not entries:
            raise _running(running)
        if len(rows) < room and not running:
            removed, shredded = self._texts(ask)
            texts += removed
        self.more = not shredded
        self._begun |= {*begins}
        told = Erasure("subject", len(rows), len(entries), texts)
        if not entries and not texts and not shredded:
            self.more = False
            return told, None
        committed = commitment(self.salt, b"subject", joined(self.by.tenant, self.name))
        return told, Erased(self.by, "subject", committed, tuple(sorted(entries)), texts, documents=begins)

    def _refuse(self, ask: Asked, documents: Iterable[Named]) -> None:
        """Raise `HoldsIt` if a hold lies on the person, on a response of theirs or on one of *documents*."""
        holds = active(ask, self.by.tenant)
        refuse(holds, "subject", [self.name])
        own = [one.target for one in holds if one.kind == "response" and self._is_theirs(ask, one.target)]
        refuse(holds, "response", own)
        refuse(holds, "document", [one.document for one in documents])

    def _is_theirs(self, ask: Asked, response: str) -> bool:
        return bool(ask.rows(_THEIRS, self.by.tenant, self.name, pack_id(response)))

    def _responses(self, ask: Asked, rows: Sequence[Row]) -> tuple[list[tuple[int, str]], int]:
        """Erase the responses in *rows*; return the entries that were redacted, and how many documents' texts went."""
        edges: dict[int, list[tuple[int, int]]] = {}
        for seq, position, chunk in ask.listed(_EDGES, [row[0] for row in rows]):
            edges.setdefault(position // LATER or seq, []).append((position, chunk))
        own = [row[0] for row in rows] + [row[1] for row in rows if row[1] is not None]
        wanted = [*dict.fromkeys([*own, *edges])]
        numbers = {entry: [chunk for _, chunk in sorted(found)] for entry, found in edges.items()}
        parts = self._parts(ask, [*{chunk for found in numbers.values() for chunk in found}])
        entries = self._redact(ask, wanted, parts, numbers)
        gone = parts.rename(ask, {*wanted})
        ask.run(_NO_NAME, *((row[0],) for row in rows))
        ask.run(_NOBODY, *((row[0],) for row in rows))
        key = tenant_key(ask, self.masters, self.by.tenant) if gone else None
        return entries, sum(self._document(ask, key, one) for one in gone) if key is not None else 0

    def _parts(self, ask: Asked, chunks: Sequence[int]) -> Parts:
        """Return the documents of *chunks* that go with the person, as it is now: others may have declared them."""
        numbers = [one for one in owndocuments.of_chunks(ask, chunks) if one in self._documents]
        theirs = owndocuments.alone(ask, numbers, self.name, self._documents, self._surveyed)
        if theirs:
            self._refuse(ask, theirs.values())
        return owndocuments.parts(ask, theirs)

    def _document(self, ask: Asked, key: TenantKey, one: Named) -> int:
        """Remove the texts and the key of a document; return how many texts there were."""
        number = shredding.number(ask, self.by.tenant, DOCUMENT, key.document(one.source, one.document))
        if number is None:
            return 0
        removed = shredding.remove(ask, number)
        shredding.shred(ask, number)
        return len(removed)

    def _mentioned(self, ask: Asked) -> list[tuple[int, str]]:
        """Redact the next entries beside the responses that name the person, or a document of theirs."""
        ((size,),) = ask.rows(_SIZE)
        self._mentions += mentions(ask, self.by.tenant, self._sought, self._size)
        self._size = int(size)
        part, self._mentions = self._mentions[:PAGE], self._mentions[PAGE:]
        return self._redact(ask, part, Parts(), {})

    def _texts(self, ask: Asked) -> tuple[int, bool]:
        """Remove the next texts of the person, and with the last ones the key; return how many, and whether it went."""
        key = tenant_key(ask, self.masters, self.by.tenant)
        number = None if key is None else shredding.number(ask, self.by.tenant, SUBJECT, key.subject(self.name, ""))
        if number is None:
            return 0, False
        removed = shredding.remove(ask, number, TEXTS)
        if len(removed) < TEXTS:
            shredding.shred(ask, number)
        return len(removed), len(removed) < TEXTS

    def _redact(
        self, ask: Asked, wanted: Sequence[int], parts: Parts, numbers: Mapping[int, Sequence[int]]
    ) -> list[tuple[int, str]]:
        """Redact the entries *wanted*, whose edges lead to the chunks *numbers*; return what is left of each."""
        documents, entries = parts.all, list[tuple[int, str]]()
        unpack, pack = compressor().unpack, compressor().pack_record
        for index, kind, packed, additions in [*ask.listed(_ENTRIES, wanted)]:
            chunks = numbers.get(index, ())
            body = decode(kind, unpack(bytes(packed)))
            detail = encode(redacted(body, documents, chunks, self._sought))
            catalogue = b""
            if additions is not None:
                catalogue = without(Additions.load(unpack(bytes(additions))), documents, chunks).dump()
            ask.run(_REDACT, (pack(detail), pack(catalogue) if catalogue else None, index))
            ask.run(_UNSALTED, (index,))
            ask.run(_NO_TARGET, (index, short(self.name)))
            if isinstance(body, Accessed | IncidentChanged):
                own = body.subjects if isinstance(body, Accessed) else body.items
                for thing in self._sought.things.intersection(own):
                    ask.run(_UNNAMED[kind], (unnamed_thing(thing), index, short(thing)))
            entries.append((int(index), residue(detail, catalogue)))
        return entries


def _due() -> int:
    """Return the time after which a response without an outcome began that may be running."""
    return pack_time(datetime.now(UTC) - GRACE)


def _running(count: int) -> HoldsIt:
    return HoldsIt(
        f"Nothing was erased: {count} responses of this person are still running, or broke off less than an "
        "hour ago; try again when they have ended.",
        code="still_running",
    )
