"""The rows of an event: a pure function of what was recorded, for the writer and for whoever verifies it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import SQLModel

from gateway.domain.openlineage import parse
from gateway.domain.runs import (
    Accessed,
    Anchored,
    Breached,
    Edge,
    Erased,
    Held,
    IncidentChanged,
    Ingestion,
    Intent,
    KeyActivated,
    LineageReported,
    Noted,
    Outcome,
    Quarantined,
    RunEvent,
    Traced,
)
from gateway.stores.additions import About, Additions, short, stored
from gateway.stores.catalogue import ENTERING
from gateway.stores.packing import HOW_NUMBERS, STATE_NUMBERS, pack_digest, pack_id, pack_time, pack_trace, plain
from gateway.stores.tables import (
    LATER,
    AccessRow,
    AnchorRow,
    BreachRow,
    ChunkRow,
    ConversationRow,
    DocumentRow,
    EdgeRow,
    ErasureRow,
    FindingRow,
    HoldRow,
    IncidentRow,
    IngestionRow,
    KeyRow,
    LineageEdgeRow,
    OutcomeRow,
    QuarantineRow,
    ReportRow,
    ResponseRow,
    SourceRow,
    VersionRow,
)
from gateway.stores.values import loads

Values = tuple[object, ...]

PROJECTED: tuple[type[SQLModel], ...] = (
    SourceRow,
    DocumentRow,
    VersionRow,
    ChunkRow,
    IngestionRow,
    ResponseRow,
    OutcomeRow,
    EdgeRow,
    FindingRow,
    KeyRow,
    AnchorRow,
    AccessRow,
    ReportRow,
    LineageEdgeRow,
    BreachRow,
    QuarantineRow,
    IncidentRow,
    ConversationRow,
    HoldRow,
    ErasureRow,
)
"""Tables whose rows follow from events, in the order in which rows refer to each other."""


@dataclass(slots=True)
class Projection:
    """Rows by table, in the order of each table's columns."""

    rows: dict[type[SQLModel], list[Values]] = field(default_factory=lambda: {model: [] for model in PROJECTED})

    def add(self, event: RunEvent, idx: int, numbers: Sequence[int], additions: Additions, seq: int | None) -> None:
        """Add the rows of *event*, number *idx* of the log.

        *numbers* are those that `Catalogue.resolve` gave; *seq* is the response of an outcome, or of
        spans that came late; `None` if it has no intent.
        """
        body = event.body
        if additions.sources or additions.documents or additions.versions or additions.chunks:
            self._additions(event, idx, additions)
        if isinstance(body, Intent):
            self._intent(event, idx, body, numbers)
        elif isinstance(body, Outcome):
            if seq is not None:
                row = (seq, idx, event.state._value_, plain(body.decision), plain(body.error))
                self.rows[OutcomeRow].append(row)
            self._findings(idx, body.findings)
        elif isinstance(body, Traced):
            if seq is not None:
                self._edges(seq, idx * LATER, body.edges, numbers)
        elif isinstance(body, Held):
            names = (plain(body.action), plain(body.kind), short(body.target))
            self.rows[HoldRow].append((idx, event.tenant, pack_id(event.run), *names))
        elif isinstance(body, Erased):
            self.rows[ErasureRow].append((idx, plain(body.kind)))
        elif isinstance(body, Breached):
            self.rows[BreachRow].append((idx, event.tenant))
        elif isinstance(body, Ingestion):
            self._ingestion(idx, body, numbers)
        elif isinstance(body, KeyActivated):
            self.rows[KeyRow].append((idx, body.key))
        elif isinstance(body, Anchored):
            self.rows[AnchorRow].append((idx, plain(body.url), body.size, pack_digest(body.root)))
        elif isinstance(body, Quarantined):
            named = (body.source.namespace, body.source.name, body.document)
            self.rows[QuarantineRow].append((idx, event.tenant, *map(short, named), body.released))
        elif isinstance(body, IncidentChanged):
            self.rows[IncidentRow] += [
                (idx, at, pack_id(body.incident), body.step._value_, short(item))
                for at, item in enumerate(body.items or ("",))
            ]
        elif isinstance(body, Accessed):
            self.rows[AccessRow] += [(idx, at, short(subject)) for at, subject in enumerate(body.subjects or ("",))]
        elif isinstance(body, LineageReported):
            self._report(event, idx, body)

    def _additions(self, event: RunEvent, idx: int, additions: Additions) -> None:
        self.rows[SourceRow] += additions.source_rows(idx, event.tenant)
        self.rows[DocumentRow] += additions.document_rows(idx)
        self.rows[VersionRow] += additions.version_rows(idx)
        self.rows[ChunkRow] += additions.chunk_rows(idx)

    def _intent(self, event: RunEvent, idx: int, body: Intent, numbers: Sequence[int]) -> None:
        principal = body.principal
        self.rows[ResponseRow].append(
            (
                idx,
                pack_id(event.run),
                pack_time(event.at),
                event.tenant,
                plain(principal.application),
                plain(principal.end_user),
                plain(body.model),
                pack_trace(body.trace_id),
            )
        )
        if body.edges:
            self._edges(idx, 0, body.edges, numbers)
        self._findings(idx, body.findings)
        if body.conversation:
            self.rows[ConversationRow].append((idx, short(body.conversation)))

    def _edges(self, seq: int, first: int, edges: Sequence[Edge], numbers: Sequence[int]) -> None:
        self.rows[EdgeRow] += [
            (
                seq,
                position,
                number,
                STATE_NUMBERS[edge.state._value_],
                HOW_NUMBERS[edge.chunk.how._value_],
            )
            for position, (edge, number) in enumerate(zip(edges, numbers, strict=True), first)
        ]

    def _ingestion(self, idx: int, body: Ingestion, numbers: Sequence[int]) -> None:
        entering = [(at, entry.document) for at, entry in enumerate(body.documents) if entry.outcome in ENTERING]
        self.rows[IngestionRow] += [
            (idx, position, number, *stored(About(document.title, document.url, document.labels)))
            for (position, document), number in zip(entering, numbers, strict=True)
        ]

    def _report(self, event: RunEvent, idx: int, body: LineageReported) -> None:
        told = parse(loads(body.event.encode("utf-8")))
        run, at = pack_id(told.run or event.id), pack_time(told.at)
        namespace, job = (short(told.job.namespace), short(told.job.name)) if told.job else ("", "")
        self.rows[ReportRow].append((idx, event.tenant, run, namespace, job, told.state, told.wrote, at))
        self.rows[LineageEdgeRow] += [
            (
                idx,
                position,
                event.tenant,
                short(dataset.source.namespace),
                short(dataset.source.name),
                dataset.part._value_,
                run,
                dataset.tags is not None,
                at,
            )
            for position, dataset in enumerate(told.datasets)
        ]

    def _findings(self, idx: int, findings: Sequence[Noted]) -> None:
        if findings:
            self.rows[FindingRow] += [
                (idx, position, plain(n.entity), n.where._value_, plain(n.detector), plain(n.action), n.rule)
                for position, n in enumerate(findings)
            ]
