"""Which datasets fed which application, told to OpenLineage's consumers: the only module that speaks to its client.

In windows, one RUNNING event for each application says what it touched, whatever its traffic (`SERVICE` jobs that emit
periodic snapshots, https://openlineage.io/docs/spec/facets/job-facets/job-type); or START and the end of each response.
No text is told, and nobody's name.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Literal, Protocol, cast

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunState
from openlineage.client.event_v2 import RunEvent as OpenLineageEvent
from openlineage.client.facet_v2 import job_type_job, tags_run
from openlineage.client.serde import Serde
from openlineage.client.transport import Transport, get_default_factory
from openlineage.client.transport.http import (
    ApiKeyTokenProvider,
    HttpCompression,
    HttpConfig,
    HttpTransport,
    TokenProvider,
)

from gateway.domain.digests import derived_id
from gateway.domain.documents import Chunk, ChunkState, How, Source
from gateway.domain.errors import ConfigurationError, ExportFailed
from gateway.domain.json import Object
from gateway.domain.records import ResponseRecord
from gateway.domain.runs import Edge, Ingestion, Intent, Outcome, RunEvent
from gateway.interfaces import Ledger

PRODUCER = f"urn:lineward:{version('lineward')}"
"""What an event says that it comes from: this release."""

INTEGRATION = "LINEWARD"


class Places(Protocol):
    """Knows which collection of ours a chunk stands in."""

    def collections_of(self, chunks: Sequence[Chunk], tenant: str) -> Sequence[Source | None]:
        """Return the dataset of each chunk's collection, `None` for what entered none."""


@dataclass(slots=True)
class Touched:
    """What one application read, or brought in, in one window."""

    inputs: dict[Source, None] = field(default_factory=dict)
    outputs: dict[Source, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenLineageExporter:
    """Tells an OpenLineage consumer at *url*, such as Marquez, or over any other *transport* of the official client."""

    ledger: Ledger
    places: Places
    url: str = ""
    """Where the consumer is; `endpoint` is its path there."""
    endpoint: str = "api/v1/lineage"
    api_key: str = ""
    timeout: float = 5.0
    gzip: bool = True
    transport: Mapping[str, object] | None = None
    """In place of *url*: what the client's own configuration has there, such as `{type: kafka, config: …}`."""
    mode: Literal["window", "all", "on_demand"] = "window"
    every: float = 300.0
    """Length of a window."""
    namespace: str = "lineward"
    """Of the jobs that applications are, and of their answers."""
    since: Literal["now", "beginning"] = "now"
    """Which entry of the log is the first that is told, when the exporter is new."""
    _transport: Transport = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if bool(self.url) == bool(self.transport):
            raise ConfigurationError("an exporter to OpenLineage needs either 'url' or 'transport'")
        if self.every < 1:
            raise ConfigurationError("a window must be a second or longer")
        object.__setattr__(self, "_transport", self._opened())

    @property
    def name(self) -> str:
        """Name of its cursor."""
        where = self.url or str((self.transport or {}).get("type"))
        return f"openlineage {self.mode} {where}"

    @property
    def window(self) -> float | None:
        """Seconds that are told of together."""
        return {"window": self.every, "all": 0.0, "on_demand": None}[self.mode]

    def export(self, events: Iterable[RunEvent]) -> None:
        """Send what *events* tell. Raises `ExportFailed`."""
        for event in self._windows(events) if self.mode == "window" else self._each(events):
            self._send(event)

    def send(self, record: ResponseRecord) -> None:
        """Send what one response was made of. Raises `ExportFailed`."""
        self._send(self.response(record))

    def close(self) -> None:
        """Close connections."""
        self._transport.close(self.timeout)

    def response(self, record: ResponseRecord) -> OpenLineageEvent:
        """Return the event that says what one response was made of, and how it ended."""
        state = RunState[record.state.value] if record.state else RunState.START
        used = [entry for entry in record.context if entry.state is not ChunkState.DROPPED]
        chunks = [
            Chunk(Source.read(entry.source), entry.document, entry.version, entry.ordinal, "", entry.how)
            for entry in used
        ]
        tags = {
            "model": record.model,
            "provider": record.provider,
            "decision": record.decision,
            "policy": record.policy,
        }
        facet = tags_run.TagsRunFacet(
            [tags_run.TagsRunFacetFields(key, value, INTEGRATION) for key, value in tags.items() if value],
            producer=PRODUCER,
        )
        at = record.at + timedelta(milliseconds=record.total_ms or 0)
        sources, answers = self._sources(chunks, record.tenant), self._answers(record.tenant, record.application)
        event = self._event(state, at, record.id, f"{record.tenant}.{record.application}", sources, answers)
        event.run.facets = {"tags": facet}
        return event

    def _opened(self) -> Transport:
        if self.transport:
            try:
                return get_default_factory().create(dict(self.transport))  # type: ignore[arg-type]
            except Exception as exc:  # the client's transports raise what they like
                raise ConfigurationError(f"the transport cannot be used: {exc}") from exc
        config = HttpConfig(
            url=self.url,
            endpoint=self.endpoint,
            timeout=self.timeout,
            auth=ApiKeyTokenProvider({"apiKey": self.api_key}) if self.api_key else TokenProvider({}),
            compression=HttpCompression.GZIP if self.gzip else None,
            retry={"total": 0},
        )
        return HttpTransport(config)

    def _send(self, event: OpenLineageEvent) -> None:
        try:
            self._transport.emit(event)
        except Exception as exc:  # the client's transports raise what they like
            raise ExportFailed(f"{self.name} does not take an event: {type(exc).__name__}.") from exc

    def _each(self, events: Iterable[RunEvent]) -> Iterator[OpenLineageEvent]:
        """Yield START and the end of each response."""
        for event in events:
            if isinstance(event.body, Intent):
                body, tenant = event.body, event.tenant
                sources = self._sources(_used(body.edges), tenant)
                name, answers = body.principal.application, self._answers(tenant, body.principal.application)
                yield self._event(RunState.START, event.at, event.run, f"{tenant}.{name}", sources, answers)
            elif isinstance(event.body, Outcome):
                record = self.ledger.response(event.run, event.tenant)
                if record is not None:
                    yield self.response(record)

    def _windows(self, events: Iterable[RunEvent]) -> Iterator[OpenLineageEvent]:
        """Yield what each application touched, at the end of the window that *events* are of."""
        touched: dict[tuple[str, str, bool], Touched] = {}
        end: datetime | None = None
        for event in events:
            end = end or _end(event.at, self.every)
            body = event.body
            if isinstance(body, Intent):
                of = touched.setdefault((event.tenant, body.principal.application, False), Touched())
                of.inputs |= self._sources(_used(body.edges), event.tenant)
            elif isinstance(body, Ingestion):
                of = touched.setdefault((event.tenant, body.principal.application, True), Touched())
                entered = [one for one in body.documents if one.outcome in ("added", "changed")]
                of.inputs |= dict.fromkeys(one.document.source for one in entered)
                chunks = [chunk for one in entered for chunk in one.chunks[:1]]
                found = self.places.collections_of(chunks, event.tenant)
                of.outputs |= dict.fromkeys(filter(None, found))
        for (tenant, application, ingest), of in touched.items():
            name = f"{application}.ingest" if ingest else application
            run = derived_id(f"{self.namespace}\n{tenant}\n{name}")
            outputs = of.outputs if ingest else self._answers(tenant, name)
            at = end or datetime.now(UTC)
            yield self._event(RunState.RUNNING, at, run, f"{tenant}.{name}", of.inputs, outputs, periodic=True)

    def _answers(self, tenant: str, application: str) -> list[Source]:
        return [Source(self.namespace, f"{tenant}.{application}.responses")]

    def _sources(self, chunks: Sequence[Chunk], tenant: str) -> dict[Source, None]:
        """Return the sources of *chunks*, and the collections of those that were found in one."""
        found = [chunk for chunk in chunks if chunk.how is How.RETRIEVED]
        collections = self.places.collections_of(found, tenant) if found else ()
        return dict.fromkeys([*(chunk.source for chunk in chunks), *filter(None, collections)])

    def _event(
        self,
        state: RunState,
        at: datetime,
        run: str,
        job: str,
        inputs: Iterable[Source],
        outputs: Iterable[Source],
        *,
        periodic: bool = False,
    ) -> OpenLineageEvent:
        pattern = job_type_job.EmissionPattern(
            "PERIODIC" if periodic else "EVENT_BASED", "COMPLETE_SNAPSHOT", int(self.every) if periodic else None
        )
        kind = job_type_job.JobTypeJobFacet("SERVICE", INTEGRATION, "CHAT_COMPLETION", pattern, producer=PRODUCER)
        return OpenLineageEvent(
            eventType=state,
            eventTime=at.astimezone(UTC).isoformat(),
            run=Run(run),
            job=Job(self.namespace, job, facets={"jobType": kind}),
            inputs=[InputDataset(one.namespace, one.name or "/") for one in inputs],
            outputs=[OutputDataset(one.namespace, one.name or "/") for one in outputs],
            producer=PRODUCER,
        )


def as_json(event: OpenLineageEvent) -> Object:
    """Return *event* as the JSON that consumers get."""
    return cast(Object, Serde.to_dict(event))


def _used(edges: Sequence[Edge]) -> list[Chunk]:
    return [edge.chunk for edge in edges if edge.state is not ChunkState.DROPPED]


def _end(at: datetime, every: float) -> datetime:
    seconds = at.timestamp()
    return datetime.fromtimestamp((seconds // every + 1) * every, UTC)
