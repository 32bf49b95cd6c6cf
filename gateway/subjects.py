"""Subject access: everything that the record holds about a person."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.records import ResponseRecord
from gateway.investigation import Investigation
from gateway.lineage.prompts import Prompt
from gateway.stores.subjects import Note, SQLSubjects


@dataclass(frozen=True, slots=True)
class Told:
    """One response to the person: its record, with answer, context and findings, and what the model was asked."""

    record: ResponseRecord
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class SubjectRecord:
    """What the record holds about a person; one page of it."""

    subject: str
    total: int
    """Responses in all."""
    responses: Sequence[Told]
    """Newest first."""
    cursor: str = ""
    """Where the next page starts; empty on the last one."""
    notes: Sequence[Note] = ()
    """On the first page: notes of incidents, holds and quarantines in which they are named, newest first."""


@dataclass(frozen=True, slots=True)
class Subjects:
    """Tells from what *found* lists and *investigation* reads."""

    found: SQLSubjects
    investigation: Investigation

    def holdable(self, kind: str, target: str, tenant: str) -> None:
        """Raise `NotFound` if a hold on *target* would lie on nothing, by a slip of the pen.

        A person may be held before anything is recorded about them.
        """
        if kind == "response":
            self.investigation.response(target, tenant)
        elif kind == "document":
            self.investigation.document(target, tenant)

    def record(self, end_user: str, tenant: str, *, limit: int, cursor: str = "") -> SubjectRecord:
        """Return one page about *end_user* of *tenant*. Raises `BadRequest` for a cursor that no page gave."""
        ids, following = self.found.responses(end_user, tenant, limit=limit, cursor=cursor)
        told = [Told(self.investigation.response(one, tenant), self.investigation.prompt(one, tenant)) for one in ids]
        notes = [] if cursor else self.found.notes(end_user, tenant)
        return SubjectRecord(end_user, self.found.total(end_user, tenant), told, following, notes)
