"""Taking a document out of use by hand, giving it back, and telling whether it was used since."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest, NotFound
from gateway.domain.principals import Principal
from gateway.domain.quarantines import QuarantineEntry
from gateway.domain.records import Impact
from gateway.domain.runs import Quarantined
from gateway.domain.subjects import Subject
from gateway.interfaces import Ledger

REASON_MAX = 2_000
"""Characters of a reason."""


class History(Protocol):
    """Knows what was quarantined and released."""

    def history(
        self, tenant: str | None, *, document: str = "", limit: int = 50, cursor: str = ""
    ) -> tuple[Sequence[QuarantineEntry], str]:
        """Return one page of quarantines and releases, newest first, and the next page's cursor."""

    def places(self, document: str, tenant: str | None) -> Sequence[tuple[str, Source]]:
        """Return the tenants and sources that have a document of that id."""


@dataclass(frozen=True, slots=True)
class Order:
    """One document that is to be taken out of use or released."""

    tenant: str
    body: Quarantined


@dataclass(frozen=True, slots=True)
class Containing:
    """Whether a document is out of use, and who was told what it says, before and since."""

    document: str
    quarantined: bool
    history: Sequence[QuarantineEntry]
    """Newest first."""
    since: Impact | None
    """Responses that it took part in since it was last taken out of use; `dropped` is what that did."""
    ever: Impact | None
    """Responses that it ever took part in."""


def orders(
    history: History, document: str, principal: Principal, reason: str, *, tenant: str | None, source: str = "",
    released: bool = False,
) -> Sequence[Order]:  # fmt: skip
    """Return what *principal* orders of *document*: of that of *source* if one is named, else of every source's.

    Raises `NotFound` for a document that is not known, `BadRequest` without a reason.
    """
    if not reason.strip() or len(reason) > REASON_MAX:
        raise BadRequest(f"Say why, in at most {REASON_MAX} characters.", param="reason")
    places = [
        (owner, place) for owner, place in history.places(document, tenant) if source in ("", place.name, str(place))
    ]
    if not places:
        raise NotFound(f"No document {document!r} is known here.", code="document_not_found")
    return [
        Order(owner, Quarantined(place, document, reason, released, principal=principal)) for owner, place in places
    ]


def containing(ledger: Ledger, history: History, document: str, tenant: str | None) -> Containing:
    """Return whether *document* is out of use and whether it was used since. Raises `NotFound`."""
    entries, _ = history.history(tenant, document=document)
    ever = ledger.impact(Subject.document(document), tenant, limit=50)
    if not entries and ever is None:
        raise NotFound(f"No document {document!r} is known here.", code="document_not_found")
    last = {(one.tenant, one.source): one for one in reversed(entries)}
    began = min((one.index for one in last.values() if not one.released), default=None)
    since = None if began is None else ledger.impact(Subject.document(document), tenant, limit=50, after=began)
    return Containing(document, began is not None, entries, since, ever)
