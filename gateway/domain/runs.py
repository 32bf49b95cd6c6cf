"""The record of one response, as append-only events (OpenLineage's run model)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from gateway.domain.decisions import Decision
from gateway.domain.digests import Digest, new_id
from gateway.domain.documents import Chunk, ChunkState, IngestedDocument, Source
from gateway.domain.facts import Facts
from gateway.domain.findings import Where
from gateway.domain.principals import Principal


class RunState(StrEnum):
    """OpenLineage run states (`eventType` of a RunEvent)."""

    START = "START"
    COMPLETE = "COMPLETE"
    FAIL = "FAIL"
    ABORT = "ABORT"


@dataclass(frozen=True, slots=True)
class Edge:
    """One chunk's part in one response."""

    chunk: Chunk
    state: ChunkState
    decision: Decision

    @property
    def rule(self) -> str | None:
        """The rule that dropped or masked the chunk."""
        winner = self.decision.winner if self.state in (ChunkState.DROPPED, ChunkState.MASKED) else None
        return winner.rule if winner else None


@dataclass(frozen=True, slots=True)
class Noted:
    """Findings of one kind at one place, as the record keeps them: never the value."""

    entity: str
    where: Where
    place: str
    """Path in the request or answer, such as `messages[1].content`; for a chunk its document."""
    start: int
    end: int
    score: float
    detector: str
    action: str
    """What was done: the effect's name."""
    rule: str | None = None
    carrier: str = ""
    """The kind of text in which it stands, as rules read `finding.carrier`; empty where no record tells."""
    host: str = ""
    """Where a `LINK` leads to, as rules read `finding.host`."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of the prompt as it left, in order: which bytes came from where."""

    kind: str
    """`system`, `chunk`, `user`, `history`, `tool`, `other`."""
    path: str
    """The string of the request in which it stands."""
    start: int
    """First byte in that string's UTF-8."""
    end: int
    digest: Digest
    """Digest of those bytes."""
    chunk: Digest | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens, as the provider counted them."""

    prompt_tokens: int = 0
    completion_tokens: int = 0

    def over(self, earlier: "Usage | None") -> "Usage":
        """Return this count, completed by an *earlier* one of the same answer where it leaves out a part."""
        if earlier is None:
            return self
        prompt, completion = self.prompt_tokens, self.completion_tokens
        return Usage(prompt or earlier.prompt_tokens, completion or earlier.completion_tokens)


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be asked: on disk before the provider is called."""

    principal: Principal
    model: str
    """The model that the caller named."""
    provider: str
    """Provider that will be asked first; empty when the request was refused before."""
    region: str
    """Where that provider processes, as configured."""
    stream: bool
    request: Digest
    """Digest of the request as it arrived."""
    edges: Sequence[Edge] = ()
    findings: Sequence[Noted] = ()
    decisions: Sequence[Decision] = ()
    """Decisions about request, prompt and findings; those about chunks stand in *edges*."""
    manifest: Sequence[Segment] = ()
    policy: Digest = ""
    content: Mapping[str, str] = field(default_factory=dict)
    """Texts that the application's content setting lets the store keep: digest to text."""
    question: str = ""
    """Digest in *content* of the last user text, for people to recognise the response by."""
    trace_id: str = ""
    """W3C trace id that the caller sent."""
    fallbacks: Sequence[str] = ()
    """Providers that may be asked if the first one fails, in order."""
    destinations: Sequence[Facts] = ()
    """What rules could read as `dest.…` of the provider that is asked first, then of each fallback; empty where no
    record tells. With it and the catalogue's labels every decision can be made again from the record alone."""
    attempts: Sequence["Attempt"] = ()
    """Destinations that were passed over before, in order."""
    dialect: str = ""
    """Name of the API that the caller spoke; empty where no record tells."""
    shape: Digest = ""
    """Digest in *content* of the body with numbers in place of its texts (lineage/prompts.py)."""
    conversation: str = ""
    """The caller's own name for the conversation, or the one that a chain of responses was given here."""
    replays: str = ""
    """The response whose prompt this one sends again."""
    continues: str = ""
    """The response that it goes on from, by the caller's `previous_response_id`."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One provider that was asked, or passed over."""

    provider: str
    model: str
    outcome: str
    """`answered`, `failed`, `refused` (the provider's own 4xx), `forbidden` (by policy, or since it cannot be asked in
    the caller's dialect), or `routed`: a rule named another destination."""
    reason: str = ""
    decision: Decision | None = None
    """What the policies said, when it was they who passed it over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: written once, whatever happened."""

    decision: str
    """`allow`, `masked`, `dropped:2`, `cited:1`, `denied` … as in `x-lineward-decision`."""
    error: str = ""
    """Code of the error that the caller got; empty when there was none."""
    reason: str = ""
    """The error's sentence."""
    released: Digest | None = None
    """Digest of the text that left. `None` if nothing did."""
    provider: str = ""
    model: str = ""
    """The model that the provider says it used."""
    attempts: Sequence[Attempt] = ()
    finish_reasons: Sequence[str] = ()
    usage: Usage | None = None
    findings: Sequence[Noted] = ()
    """Findings in the answer."""
    decisions: Sequence[Decision] = ()
    content: Mapping[str, str] = field(default_factory=dict)
    first_delta_ms: float | None = None
    total_ms: float = 0.0
    tool_calls: Sequence[str] = ()
    """Names of the tools that the answer calls, each once."""


@dataclass(frozen=True, slots=True)
class Ingestion:
    """One `ingest` run: which document versions entered, and which were refused."""

    principal: Principal
    collection: str
    documents: Sequence[IngestedDocument] = ()
    decisions: Sequence[Decision] = ()


@dataclass(frozen=True, slots=True)
class Traced:
    """A retrieval span that came after its response was recorded told what else had fed it.

    The event's run is that response's.
    """

    edges: Sequence[Edge]
    """Of state `retrieved`: it is only known that they took part. Their decisions came too late to act on."""
    policy: Digest = ""
    """The policy set that decided about them."""


@dataclass(frozen=True, slots=True)
class BreachedChunk:
    """A chunk that stood where it should never have come to."""

    source: Source
    document: str
    version: Digest
    ordinal: int
    chunk: Digest
    coverage: float
    """How much of it stood there, 0 to 1."""
    characters: int
    """How many characters of the other tenant's text it was."""


@dataclass(frozen=True, slots=True)
class Breached:
    """Chunks that the event's tenant has registered turned up in a request of another tenant.

    It was refused, unless a span told of them when it was answered.

    Whose request it was is not told: only the operator, who reads all tenants, can look that response up.
    """

    response: str
    """Id of the response."""
    chunks: Sequence[BreachedChunk]
    late: bool = False
    """Whether it was a span that told of them, after the response was recorded: then nothing could be refused."""


@dataclass(frozen=True, slots=True)
class PolicyActivated:
    """A policy set became the one that decides."""

    digest: Digest
    rules: Sequence[str] = ()
    origin: str = ""
    """Path that it was read from."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The policy files by name: what the digest stands for. Left out where an earlier activation of it has them."""


@dataclass(frozen=True, slots=True)
class KeyActivated:
    """A key signs checkpoints of the log from this entry on."""

    key: str
    """The public key as C2SP writes verifier keys: name, hash and key, joined by `+`."""
    retires: Sequence[str] = ()
    """Keys that no longer do."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """A checkpoint was copied to where whoever writes the log should not be able to change it."""

    url: str
    size: int
    """Entries that the log had."""
    root: Digest
    """Root of the Merkle tree over them."""


@dataclass(frozen=True, slots=True)
class Accessed:
    """Somebody was about to be told what the record holds; in the log before they are."""

    principal: Principal
    """Who asked; from a command line the operator, with the system's name for the person as end user."""
    action: str
    """What was done, such as `read response`, `search` or `export bundle`."""
    subjects: Sequence[str] = ()
    """What was shown, each as kind and id: `response/0193…`, `document/kb/a.md`, `chunk/sha256:…`."""
    query: Digest = ""
    """Digest of what was searched for; never the words. Empty when nothing was."""


@dataclass(frozen=True, slots=True)
class LineageReported:
    """Another system told by an OpenLineage event what it ran, or what it knows of a dataset."""

    application: str
    """Whose key reported it."""
    event: str
    """The event as JSON, with everything that stood in it."""


@dataclass(frozen=True, slots=True)
class Embedding:
    """What a search looks for is about to leave the house to be embedded; in the log before it does."""

    principal: Principal
    provider: str
    model: str
    region: str
    text: Digest
    """Digest of what is sent."""
    findings: Sequence[Noted] = ()
    """What stood in the question; what was done about it, too."""
    decisions: Sequence[Decision] = ()
    policy: Digest = ""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A document was taken out of use, or given back to it."""

    source: Source
    document: str
    """`Document.id`; of all its versions."""
    reason: str
    """Why, in a sentence without the text's own words."""
    released: bool = False
    """Whether it may be used again."""
    rule: str = ""
    """The rule that ordered it; empty when a person did."""
    owner: str | None = None
    """Whom to ask about the rule."""
    run: str = ""
    """The response or ingest in whose record the rule's decision stands."""
    principal: Principal | None = None
    """Who ordered it, when it was a person."""


class IncidentStep(StrEnum):
    """What can happen to an incident."""

    OPENED = "opened"
    ADDED = "added"
    REMOVED = "removed"
    NOTED = "noted"
    HELD = "held"
    """Nothing of its items may be erased until it is freed."""
    FREED = "freed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class IncidentChanged:
    """Something happened to an incident. What an incident is follows from its changes alone."""

    incident: str
    """UUID 7."""
    step: IncidentStep
    principal: Principal
    text: str = ""
    """The title of one that was opened, a note, or the reason of a hold."""
    items: Sequence[str] = ()
    """What was added or removed, each as kind and id: `response/0193…`, `document/kb/a.md`."""


@dataclass(frozen=True, slots=True)
class Held:
    """A legal hold was placed or released: as long as one lies on something, that is neither erased nor removed.

    The event's run is the hold's id; what releases a hold has the same run.
    """

    principal: Principal
    action: str
    """`place` or `release`."""
    kind: str
    """What it lies on: a `response`, a `subject` (an end user) or a `document`."""
    target: str
    """Its id. It is erased with the person that it names."""
    reason: str = ""
    """Why, such as the number of a case."""


@dataclass(frozen=True, slots=True)
class Erased:
    """Content was erased: of a person, of a document, or because it had become old.

    Entries that lost their secret since are believed to have lost it rightly only if such an event names them.
    """

    principal: Principal
    kind: str
    """`subject`, `document` or `retention`."""
    subject: str = ""
    """Commitment to whom or what was erased; only who ordered it can open it. Empty for retention."""
    entries: Sequence[tuple[int, str]] = ()
    """Entries that were redacted, each with the digest of what is stored of it now (`redacting.residue`)."""
    texts: int = 0
    """Texts that were removed."""
    names: Sequence[str] = ()
    """Names of the removed texts of a document, in hexadecimal digits; only the tenant's key gives them a meaning."""
    owner: str = ""
    """Name of the document's key, likewise: equal texts of others stay."""
    documents: Sequence[int] = ()
    """For a person: numbers, in the catalogue, of documents that begin to go with them, maybe over several entries."""
    before: int | None = None
    """For retention: the day, counted from 1970, before which the texts were used last that are no longer there."""


Body = (
    Intent
    | Outcome
    | Ingestion
    | PolicyActivated
    | KeyActivated
    | Anchored
    | Accessed
    | Quarantined
    | IncidentChanged
    | LineageReported
    | Traced
    | Breached
    | Held
    | Erased
    | Embedding
)


@dataclass(frozen=True, slots=True)
class RunEvent:
    """One entry of the log. Events are appended, never changed; they only ever gain optional fields."""

    run: str
    """UUID 7 of the run; for a response also its response id."""
    state: RunState
    body: Body
    tenant: str
    id: str = field(default_factory=new_id)
    """UUID 7 of the event: appending the same id twice appends once."""
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def type(self) -> str:
        """`intent`, `outcome`, `ingest`, `policy`, `key`, `anchor`, `access`, `lineage`, `traced`, `breach`,
        `embedding`, `quarantine`, `incident`, `hold` or `erasure`.
        """
        return _TYPES[type(self.body)]


_TYPES: dict[type[Body], str] = {
    Intent: "intent",
    Outcome: "outcome",
    Ingestion: "ingest",
    PolicyActivated: "policy",
    KeyActivated: "key",
    Anchored: "anchor",
    Accessed: "access",
    Quarantined: "quarantine",
    IncidentChanged: "incident",
    LineageReported: "lineage",
    Traced: "traced",
    Breached: "breach",
    Held: "hold",
    Erased: "erasure",
    Embedding: "embedding",
}
