"""What the store answers: the record of a response, and who was fed by a document, as values to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.attributions import Share
from gateway.domain.decisions import Decision
from gateway.domain.digests import Digest
from gateway.domain.documents import ChunkState, How
from gateway.domain.facts import Facts
from gateway.domain.runs import Attempt, BreachedChunk, Intent, Noted, Outcome, RunState, Segment, Usage


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """One chunk's part in one response, with where it came from."""

    rank: int
    chunk: Digest
    document: str
    source: str
    """`namespace/name` of the source."""
    version: Digest
    ordinal: int
    how: How
    state: ChunkState
    score: float | None = None
    rule: str | None = None
    """The rule that dropped or masked it."""
    reason: str = ""
    title: str | None = None
    url: str | None = None
    labels: Facts = field(default_factory=Facts)
    preview: str = ""
    """The first characters of its text, when the store keeps content."""
    decision: Decision | None = None
    """What the policies said of it, with every rule that spoke."""
    told: int | None = None
    """The entry of the log that told of it after the response was recorded; `None` for what the intent knew."""
    attribution: Share | None = None
    """What the answer has of it, when its state is `attributed`: derived as it is read, and no part of the log."""


@dataclass(frozen=True, slots=True)
class ResponseRecord:
    """The story of one response: who asked, what fed it, which rule did what, what left."""

    id: str
    at: datetime
    tenant: str
    application: str
    purpose: str
    end_user: str
    model: str
    """As the caller named it."""
    provider: str
    region: str
    stream: bool
    state: RunState | None
    """How it ended; `None` while only the intent is there: still running, or a crash."""
    decision: str
    policy: Digest
    request: Digest
    index: int
    """Position of the intent in the log."""
    outcome_index: int | None = None
    model_served: str = ""
    error: str = ""
    reason: str = ""
    trace_id: str = ""
    released: Digest | None = None
    question: str = ""
    """What the store kept of the last user text; empty when it keeps none."""
    answer: str = ""
    context: Sequence[ContextEntry] = ()
    decisions: Sequence[Decision] = ()
    findings: Sequence[Noted] = ()
    manifest: Sequence[Segment] = ()
    destinations: Sequence[Facts] = ()
    """What rules could read as `dest.…` of the provider that was asked first, then of each fallback."""
    attempts: Sequence[Attempt] = ()
    tool_calls: Sequence[str] = ()
    """Names of the tools that the answer called."""
    finish_reasons: Sequence[str] = ()
    usage: Usage | None = None
    first_delta_ms: float | None = None
    total_ms: float | None = None
    dialect: str = ""
    shape: Digest = ""
    conversation: str = ""
    replays: str = ""
    continues: str = ""


@dataclass(frozen=True, slots=True)
class ImpactEntry:
    """One response that a document took part in."""

    response: str
    at: datetime
    application: str
    end_user: str
    states: Sequence[ChunkState]
    """The distinct states of the document's chunks in that response."""
    run_state: RunState | None


@dataclass(frozen=True, slots=True)
class Impact:
    """Blast radius: everyone who received, or nearly received, an answer fed by something."""

    subject: str
    responses: Sequence[ImpactEntry]
    """Newest first; one page."""
    total: int
    """Distinct responses in all."""
    by_state: Mapping[str, int]
    """Distinct responses by chunk state."""
    applications: Mapping[str, int]
    """Distinct responses by application, those whose prompt held the text (`sent`, `masked`, `attributed`)."""
    end_users: Mapping[str, int]
    """The same by end user."""
    cursor: str = ""
    """Where the next page starts; empty on the last one."""
    kind: str = "document"
    """What the subject is."""
    days: Mapping[str, int] = field(default_factory=dict)
    """As *applications*, by day (UTC), the earliest first."""
    complete: bool = True
    """Whether the counts cover everything; of a subject that is nearly everywhere they cover so much and no more."""


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """One version of a document in the catalogue."""

    digest: Digest
    at: datetime
    run: str
    chunks: int
    current: bool


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """One document in the catalogue."""

    id: str
    source: str
    title: str | None
    url: str | None
    labels: Facts
    versions: Sequence[VersionRecord]
    """Newest first."""
    others: Sequence[str] = ()
    """Other sources, namespace/name, that have a document of that id: whoever asks may have meant theirs."""


@dataclass(frozen=True, slots=True)
class CurrentVersion:
    """The version of a document that was ingested last, as it was described then."""

    version: Digest
    title: str | None
    url: str | None
    labels: Facts


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """One source in the catalogue of a tenant."""

    namespace: str
    name: str
    documents: int
    at: datetime
    """When it was last heard of: a document of it was first seen."""


@dataclass(frozen=True, slots=True)
class BreachRecord:
    """Texts of a tenant turned up in a request of another tenant."""

    index: int
    """Position in the log."""
    at: datetime
    tenant: str
    """Whose texts they are."""
    response: str
    """Id of the response, for the operator, who alone can look it up; whose it was is not told."""
    chunks: Sequence[BreachedChunk]
    late: bool = False
    """Whether a span told of them when it was too late; otherwise the request was refused."""


@dataclass(frozen=True, slots=True)
class OpenRun:
    """An intent without an outcome: still running, or a crash made visible."""

    response: str
    at: datetime
    application: str
    index: int


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a follower is behind the log."""

    entries: int
    """Entries that it has still to take."""
    seconds: float = 0.0
    """Age of the first of them."""
    problem: str = ""
    """Why it does not go on; empty while it does."""


@dataclass(frozen=True, slots=True)
class StoreStats:
    """What the store holds."""

    events: int
    responses: int
    documents: int
    versions: int
    chunks: int
    edges: int
    bytes: int
    open_runs: Sequence[OpenRun]
    index_bytes: int = 0
    """What the search index takes of the disk; in PostgreSQL it is a part of `bytes`."""
    following: Mapping[str, Lag] = field(default_factory=dict)
    """How far those are behind who follow the log."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that verification found wrong in the log."""

    index: int
    """Position in the log at which it shows."""
    problem: str
    """A sentence: what is wrong and where."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """The log at one moment: how many entries it had, and the root of the Merkle tree over them."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Activation:
    """A policy set became the one that decides."""

    index: int
    """Position in the log."""
    id: str
    """Id of the event."""
    at: datetime
    digest: Digest
    rules: Sequence[str]
    origin: str
    """Path that it was read from."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The policy files by name, if this entry holds them."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded response."""

    id: str
    at: datetime
    tenant: str
    intent: Intent
    """Its chunks carry the labels that they had then; texts are not there."""
    outcome: Outcome | None = None
    """`None` while nothing came of it: still running, or a crash."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which recorded responses are meant."""

    since: datetime | None = None
    """From this moment on; `None` from the first one."""
    until: datetime | None = None
    """Before this moment; `None` to the last one."""
    tenant: str | None = None
    """Whose; `None` everybody's, for the operator's own command line."""
    application: str | None = None
    """Those of one application; `None` of all."""
