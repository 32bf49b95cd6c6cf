"""What the record has of a document's texts, and their erasure, one short transaction after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.domain.documents import Source
from gateway.domain.erasures import Erasure, Hold
from gateway.domain.principals import Principal
from gateway.domain.runs import Erased
from gateway.domain.scopes import joined
from gateway.lineage.evidence import commitment
from gateway.stores import erasedchunks, shredding
from gateway.stores.additions import short
from gateway.stores.asides import Asked
from gateway.stores.connecting import Row
from gateway.stores.contentkeys import DOCUMENT
from gateway.stores.holding import active, refuse
from gateway.stores.masters import Masters
from gateway.stores.packing import pack_digest, pack_id
from gateway.stores.shredding import tenant_key
from gateway.stores.sought import Named

PAGE = 1_000
"""Texts that one transaction removes at most."""

_NAMED = """SELECT d.id, s.namespace, s.name, d.name FROM document d JOIN source s ON s.id = d.source
    WHERE s.tenant = ? AND d.name = ?"""
_HAS = """SELECT 1 FROM chunk c JOIN document_version v ON v.id = c.version WHERE c.digest = ? AND v.document IN (*)
    LIMIT 1"""
_FED = """SELECT 1 FROM response r JOIN edge e ON e.seq = r.seq JOIN chunk c ON c.id = e.chunk
    JOIN document_version v ON v.id = c.version WHERE r.tenant = ? AND r.id = ? AND v.document IN (*) LIMIT 1"""
_FED_SOMEBODY = _FED.replace("r.id", "r.end_user")


@dataclass(slots=True)
class Catalogued:
    """The erasure of the texts of the document *name* on *by*'s order; see `personal.Person`."""

    by: Principal
    name: str
    masters: Masters
    salt: bytes
    more: bool = True
    chunks: set[int] = field(default_factory=set)
    """Chunks that may have lost their texts, once it is surveyed."""
    named: list[Named] = field(default_factory=list)
    """The document in each source that has it, once it is surveyed."""

    def survey(self, ask: Asked) -> Erasure:
        """Return what there is to erase. Raises `HoldsIt` if a legal hold lies on it, or on whom it was used for."""
        found = self._found(ask)
        self.named = [Named(Source(row[1], row[2]), row[3]) for row in found]
        self.chunks = erasedchunks.equal(ask, erasedchunks.of_documents(ask, [int(row[0]) for row in found]))
        self._refuse(ask)
        texts = sum(shredding.count(ask, number) for _, number in self._keys(ask))
        return Erasure("document", texts=texts, documents=[self.name] * bool(self.named))

    def step(self, ask: Asked) -> tuple[Erasure, Erased | None]:
        """Remove the next texts, and return it with what tells of it. Raises `HoldsIt` if a hold was placed."""
        self._refuse(ask)
        keys = self._keys(ask)
        if not keys:
            self.more = False
            return Erasure("document"), None
        owner, number = keys[0]
        names = shredding.remove(ask, number, PAGE)
        if len(names) < PAGE:
            shredding.shred(ask, number)
        self.more = len(names) == PAGE or len(keys) > 1
        committed = commitment(self.salt, b"document", joined(self.by.tenant, self.name))
        body = Erased(self.by, "document", committed, (), len(names), tuple(names), owner.hex())
        return Erasure("document", texts=len(names)), body

    def _found(self, ask: Asked) -> Sequence[Row]:
        return ask.rows(_NAMED, self.by.tenant, short(self.name))

    def _keys(self, ask: Asked) -> list[tuple[bytes, int]]:
        """Return the keys that seal its texts: name and number of each."""
        key = tenant_key(ask, self.masters, self.by.tenant)
        owners = [key.document(one.source, one.document) for one in self.named] if key is not None else []
        numbers = ((owner, shredding.number(ask, self.by.tenant, DOCUMENT, owner)) for owner in owners)
        return [(owner, number) for owner, number in numbers if number is not None]

    def _refuse(self, ask: Asked) -> None:
        holds = active(ask, self.by.tenant)
        refuse(holds, "document", [self.name])
        documents = [int(row[0]) for row in self._found(ask)] if holds else []
        for hold in holds:
            if documents and lies(ask, hold, documents):
                refuse([hold], hold.kind, [hold.target])


def lies(ask: Asked, hold: Hold, documents: Sequence[int]) -> bool:
    """Return whether *hold* lies on a chunk of *documents*, or on somebody or something that one was used for."""
    if hold.kind == "chunk":
        return any(True for _ in ask.listed(_HAS, documents, pack_digest(hold.target)))
    if hold.kind == "response":
        return any(True for _ in ask.listed(_FED, documents, hold.tenant, pack_id(hold.target)))
    return hold.kind == "subject" and any(True for _ in ask.listed(_FED_SOMEBODY, documents, hold.tenant, hold.target))
