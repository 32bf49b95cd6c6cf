"""An incident: what a responder gathers about one thing that went wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.runs import IncidentChanged, IncidentStep


@dataclass(frozen=True, slots=True)
class IncidentNote:
    """What somebody wrote down."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class IncidentItem:
    """Something that is part of it."""

    subject: str
    """Kind and id: `response/0193…`, `document/kb/a.md`, `chunk/sha256:…`, `source/wiki/hr`."""
    at: datetime
    by: str


@dataclass(slots=True)
class IncidentRecord:
    """What has come of an incident so far."""

    id: str
    tenant: str
    title: str
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None = None
    held: bool = False
    """Whether nothing of its items may be erased."""
    items: list[IncidentItem] = field(default_factory=list)
    notes: list[IncidentNote] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)
    """Its own entries in the log."""


def folded(steps: Iterable[tuple[int, datetime, str, IncidentChanged]]) -> IncidentRecord | None:
    """Return what an incident's *steps* come to: entry, time, tenant and what happened, in order; `None` if none."""
    record: IncidentRecord | None = None
    for index, at, tenant, step in steps:
        by = " ".join(filter(None, [step.principal.application, step.principal.end_user]))
        if record is None:
            record = IncidentRecord(step.incident, tenant, "", at, by)
        record.entries.append(index)
        _take(record, at, by, step)
    return record


def added(steps: Iterable[tuple[int, datetime, str, IncidentChanged]]) -> Mapping[str, int]:
    """Return the items that an incident has after *steps*, each with the entry that added it."""
    found: dict[str, int] = {}
    for index, _, _, step in steps:
        if step.step is IncidentStep.ADDED:
            found |= {item: index for item in step.items if item not in found}
        elif step.step is IncidentStep.REMOVED:
            found = {item: at for item, at in found.items() if item not in step.items}
    return found


def _take(record: IncidentRecord, at: datetime, by: str, step: IncidentChanged) -> None:
    match step.step:
        case IncidentStep.OPENED:
            record.title = step.text
        case IncidentStep.ADDED:
            known = {item.subject for item in record.items}
            record.items += [IncidentItem(item, at, by) for item in step.items if item not in known]
        case IncidentStep.REMOVED:
            record.items = [item for item in record.items if item.subject not in step.items]
        case IncidentStep.NOTED:
            record.notes.append(IncidentNote(at, by, step.text))
        case IncidentStep.HELD | IncidentStep.FREED:
            record.held = step.step is IncidentStep.HELD
        case IncidentStep.CLOSED:
            record.closed_at = at
    if step.text and step.step not in (IncidentStep.OPENED, IncidentStep.NOTED):
        record.notes.append(IncidentNote(at, by, f"{step.step}: {step.text}"))


def subjects(record: IncidentRecord) -> Sequence[str]:
    """Return what is part of the incident, each as kind and id."""
    return [item.subject for item in record.items]
