"""What is done with incidents: opened, filled, noted, held, closed, and handed over with all their evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.digests import new_id
from gateway.domain.errors import BadRequest, GatewayError, NotFound
from gateway.domain.incidents import IncidentRecord, subjects
from gateway.domain.principals import Principal
from gateway.domain.runs import IncidentChanged, IncidentStep, RunEvent, RunState
from gateway.domain.subjects import Kind, Subject
from gateway.interfaces import Ledger
from gateway.lineage.bundles import Bundle, Log, gather_entries
from gateway.lineage.disclosing import Entry, narrowed

TEXT_MAX = 10_000
"""Characters of a title, note or reason."""

ITEMS_MAX = 500
"""Items that are added at once."""

_ITEMS = (Kind.RESPONSE, Kind.DOCUMENT, Kind.VERSION, Kind.CHUNK, Kind.SOURCE)


class Closed(GatewayError):
    """The incident is closed: it stays as it is."""

    status = 409
    code = "incident_closed"
    type = "invalid_request_error"


class Known(Protocol):
    """Knows the incidents of the log."""

    def incident(self, id: str, tenant: str | None) -> IncidentRecord | None:
        """Return the incident *id*, or `None`."""

    def incidents(self, tenant: str | None, *, limit: int, cursor: str = "") -> tuple[Sequence[IncidentRecord], str]:
        """Return one page of incidents, the newest first, and the next page's cursor."""

    def evidence(self, record: IncidentRecord) -> Sequence[int]:
        """Return the entries that are evidence about the items of *record*, but for those of responses."""


@dataclass(frozen=True, slots=True)
class Incidents:
    """Answers about incidents and prepares the events that change them; whoever writes the log appends those."""

    known: Known
    ledger: Ledger
    log: Log

    def incident(self, id: str, tenant: str | None) -> IncidentRecord:
        """Return the incident *id*. Raises `NotFound`."""
        found = self.known.incident(id, tenant)
        if found is None:
            raise NotFound(f"No incident {id!r} is recorded here.", code="incident_not_found")
        return found

    def opened(self, by: Principal, title: str) -> RunEvent:
        """Return the event that opens an incident in *by*'s tenant; its run is the incident's id."""
        return _event(by, by.tenant, new_id(), IncidentStep.OPENED, _text(title, "title"))

    def noted(self, id: str, by: Principal, tenant: str | None, step: IncidentStep, text: str) -> RunEvent:
        """Return the event of a *step* of incident *id* without items. Raises `NotFound`, `Closed`, `BadRequest`."""
        record = self._open(id, tenant)
        if text or step in (IncidentStep.NOTED, IncidentStep.HELD, IncidentStep.FREED):
            text = _text(text, "text" if step is IncidentStep.NOTED else "reason")
        return _event(by, record.tenant, id, step, text)

    def filled(
        self, id: str, by: Principal, tenant: str | None, items: Sequence[str], *, removing: bool = False
    ) -> RunEvent:
        """Return the event that adds *items* to incident *id*, or removes them.

        Raises `NotFound` for an item that is not known, `BadRequest` for a text that names none, and `Closed`.
        """
        record = self._open(id, tenant)
        if not 0 < len(items) <= ITEMS_MAX:
            raise BadRequest(f"'items' must be a list of 1 to {ITEMS_MAX} items.", param="items")
        if not removing:
            for item in items:
                self._check(item, record.tenant)
        step = IncidentStep.REMOVED if removing else IncidentStep.ADDED
        return _event(by, record.tenant, id, step, items=list(dict.fromkeys(items)))

    def bundle(self, id: str, tenant: str | None) -> Bundle:
        """Return all evidence of incident *id*: its steps, its items' entries, and who has looked at them.

        Of a request that is no item itself, but brought one in, no more than that is shown.
        """
        record = self.incident(id, tenant)
        items = frozenset(subjects(record))
        responses = [name for kind, _, name in (item.partition("/") for item in items) if kind == Kind.RESPONSE]
        whole = {place for name in responses for place in self.log.places(name, record.tenant)}
        places = sorted({*record.entries, *self.known.evidence(record), *whole})

        def show(entry: Entry) -> Entry:
            return entry if entry.index in whole else narrowed(entry, items)

        return gather_entries(self.log, "incident", id, places, record.tenant, show)

    def _open(self, id: str, tenant: str | None) -> IncidentRecord:
        record = self.incident(id, tenant)
        if record.closed_at is not None:
            raise Closed(f"The incident {id} was closed; open another one.")
        return record

    def _check(self, item: str, tenant: str) -> None:
        try:
            subject = Subject.parse(item)
        except ValueError:
            subject = Subject(Kind.RUN, item)
        if subject.kind not in _ITEMS:
            kinds = ", ".join(_ITEMS)
            raise BadRequest(f"{item!r} is no item: write kind and id, the kind one of {kinds}.", param="items")
        if subject.kind is Kind.RESPONSE:
            found = self.ledger.response(subject.id, tenant) is not None
        else:
            found = self.ledger.impact(subject, tenant, limit=1) is not None
        if not found:
            raise NotFound(f"No {subject.kind} {subject.id!r} is known here.", code=f"{subject.kind}_not_found")


def _event(
    by: Principal, tenant: str, id: str, step: IncidentStep, text: str = "", items: Sequence[str] = ()
) -> RunEvent:
    return RunEvent(id, RunState.COMPLETE, IncidentChanged(id, step, by, text, items), tenant)


def _text(text: str, param: str) -> str:
    if not text.strip() or len(text) > TEXT_MAX:
        raise BadRequest(f"'{param}' must say something, in at most {TEXT_MAX} characters.", param=param)
    return text
