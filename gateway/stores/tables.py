"""The tables (SQLModel), for SQLite and PostgreSQL.

Rows are only ever added; the exceptions are `tree`, one row that grows with the log, and `salt`, whose rows may be
erased: `leaf` then still proves that the entry was there. Every other row belongs to the event that brought it, so
that verification can derive it again. Apart from the record stands what recognition remembers of texts (`passage`,
`registration`, `answer_print`): it may be forgotten. So do the cursors of those who follow the log (`follower`). Ids
and digests are packed, times are microseconds since 1970 (packing.py).
"""

from typing import Any

from sqlalchemy import BigInteger, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, SQLModel

_BIG: Any = BigInteger().with_variant(Integer(), "sqlite")
"""64 bits in both: SQLite takes only the word `INTEGER` for a row's own number."""

_POLICY: Any = text("type = 'policy'")
"""The few entries that say which policies decide; they are looked for among millions."""

BY_ID: Any = text("type NOT IN ('intent', 'outcome')")
"""The entries that are told apart by their ids; the others are by their runs (repeats.py)."""

_OWN: dict[str, Any] = {"autoincrement": False}


_TRACED = text("trace IS NOT NULL")

LATER = 1 << 20
"""More edges than an event has: `position // LATER` is the entry that told of an edge, 0 for the intent itself."""


class EventRow(SQLModel, table=True):
    """One entry of the log."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_policy", "idx", sqlite_where=_POLICY, postgresql_where=_POLICY),
        Index("ix_event_id", "id", unique=True, sqlite_where=BY_ID, postgresql_where=BY_ID),
    )

    idx: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    """Position in the log, from 0."""
    id: bytes
    run: bytes
    type: str
    state: str
    at: int = Field(sa_type=_BIG)
    tenant: str
    detail: bytes
    """The body (encoding.py), compressed."""
    catalogue: bytes | None = None
    """What the event added to the catalogue (catalogue.py), compressed."""


class LeafRow(SQLModel, table=True):
    """What the Merkle tree says of an event; proofs need nothing else."""

    __tablename__ = "leaf"

    idx: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    hashes: bytes
    """The first bytes of the leaf's own, and those of larger subtrees that end with it (nodes.py)."""
    data: bytes | None = None
    """The leaf (evidence.py), compressed. `None` where an earlier release had stored none and none could be derived."""


class CheckpointRow(SQLModel, table=True):
    """The signature under the log as one transaction left it; once a log has a key, every transaction leaves one."""

    __tablename__ = "checkpoint"

    size: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    base: int = Field(sa_type=_BIG)
    """Size of the log before the transaction."""
    root: bytes
    key: bytes
    """The four bytes that name the key (notes.py)."""
    signature: bytes


class SaltRow(SQLModel, table=True):
    """The secret behind the salts of an event's commitments, apart from the log, since it may be erased one day."""

    __tablename__ = "salt"

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    secret: bytes


class TreeRow(SQLModel, table=True):
    """The Merkle tree over the log: the one row that changes."""

    __tablename__ = "tree"

    id: int = Field(primary_key=True, sa_column_kwargs=_OWN)
    size: int = Field(sa_type=_BIG)
    root: bytes
    frontier: bytes
    keys: str = ""
    """The public keys of who may sign checkpoints now, a line each. Once there is one, nobody appends without."""
    epoch: int = Field(default=0, sa_type=_BIG)
    """Grows when rows are erased, so that whoever appends forgets what he remembers of them. No part of the record."""


class KeyRow(SQLModel, table=True):
    """A key that began to sign checkpoints."""

    __tablename__ = "signing_key"

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    key: str
    """As C2SP writes verifier keys."""


class AnchorRow(SQLModel, table=True):
    """A checkpoint was copied to another place."""

    __tablename__ = "anchor"

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    url: str
    size: int = Field(sa_type=_BIG)
    root: bytes
    """Packed as digests are."""


class AccessRow(SQLModel, table=True):
    """Something was shown to somebody; who that was stands in the event's detail."""

    __tablename__ = "access"
    __table_args__ = (Index("ix_access_subject_event", "subject", "event"),)

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    position: int = Field(primary_key=True, sa_column_kwargs=_OWN)
    """Position among the subjects; an access without any has one row."""
    subject: str
    """`Accessed.subjects`, shortened as names are; empty when nothing was shown."""


class ReportRow(SQLModel, table=True):
    """An OpenLineage event that another system reported."""

    __tablename__ = "lineage_report"
    __table_args__ = (Index("ix_lineage_report_tenant_run", "tenant", "run"),)

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    tenant: str
    run: bytes
    """Packed `runId`; of what is no RunEvent the id of our own event, which stands for a run of its own."""
    namespace: str
    """Of the job; empty for a DatasetEvent."""
    job: str
    state: str
    """`eventType`; empty for what is no RunEvent."""
    wrote: bool
    """Whether the outputs of the run are written by then."""
    at: int = Field(sa_type=_BIG)
    """`eventTime`."""


class LineageEdgeRow(SQLModel, table=True):
    """One dataset's part in one reported run: up from a run to what it read, down to what it wrote.

    Edges lead to runs rather than from dataset to dataset, as in OpenLineage's own model: of a run that reads a
    thousand tables and writes a thousand others that is two thousand rows, not a million.
    """

    __tablename__ = "lineage_edge"
    __table_args__ = (
        Index("ix_lineage_edge_dataset", "tenant", "namespace", "name", "part", "at"),
        {"sqlite_with_rowid": False},
    )

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    position: int = Field(primary_key=True, sa_column_kwargs=_OWN)
    """Position among the datasets of the event."""
    tenant: str
    namespace: str
    name: str
    part: str
    """`input`, `output` or `subject`."""
    run: bytes
    tagged: bool
    """Whether the event says which tags the dataset has."""
    at: int = Field(sa_type=_BIG)
    """From when on it holds: `eventTime`."""


class QuarantineRow(SQLModel, table=True):
    """A document was taken out of use or released; of one document the last row holds."""

    __tablename__ = "quarantine"

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    tenant: str
    namespace: str
    source: str
    document: str
    released: bool


class IncidentRow(SQLModel, table=True):
    """Something happened to an incident: a row for each item that was added or removed, else one."""

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_incident_event", "incident", "event"),
        Index("ix_incident_subject_event", "subject", "event"),
    )

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    position: int = Field(primary_key=True, sa_column_kwargs=_OWN)
    incident: bytes
    step: str
    subject: str
    """The item, shortened as names are; empty for a step that concerns the incident as such."""


class ConversationRow(SQLModel, table=True):
    """A response that is a turn of a conversation with a name."""

    __tablename__ = "conversation"
    __table_args__ = (Index("ix_conversation_name_seq", "name", "seq"),)

    seq: int = Field(primary_key=True, foreign_key="response.seq", sa_type=_BIG, sa_column_kwargs=_OWN)
    name: str


class SourceRow(SQLModel, table=True):
    """A system that holds documents, as a tenant knows it."""

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("tenant", "namespace", "name"),)

    id: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    event: int = Field(foreign_key="event.idx", sa_type=_BIG, index=True)
    tenant: str
    namespace: str
    name: str


class DocumentRow(SQLModel, table=True):
    """A document of a source."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("source", "name"),)

    id: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    event: int = Field(foreign_key="event.idx", sa_type=_BIG, index=True)
    source: int = Field(foreign_key="source.id", sa_type=_BIG)
    name: str = Field(index=True)
    """`Document.id`."""


class VersionRow(SQLModel, table=True):
    """A version of a document, as it was first seen."""

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document", "digest"), Index("ix_document_version_digest", "digest"))

    id: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    event: int = Field(foreign_key="event.idx", sa_type=_BIG, index=True)
    document: int = Field(foreign_key="document.id", sa_type=_BIG)
    digest: bytes
    title: str | None = None
    url: str | None = None
    labels: str
    """JSON (values.py)."""


class ChunkRow(SQLModel, table=True):
    """A piece of a version; `title`, `url` and `labels` all stand here if one of them differs from the version's."""

    __tablename__ = "chunk"
    __table_args__ = (UniqueConstraint("version", "ordinal", "digest"), Index("ix_chunk_digest", "digest"))

    id: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    event: int = Field(foreign_key="event.idx", sa_type=_BIG, index=True)
    version: int = Field(foreign_key="document_version.id", sa_type=_BIG)
    ordinal: int = Field(sa_type=_BIG)
    digest: bytes
    kept: bool
    """Whether its text was stored with it."""
    title: str | None = None
    url: str | None = None
    labels: str | None = None


class IngestionRow(SQLModel, table=True):
    """A version became the current one of its document."""

    __tablename__ = "ingestion"
    __table_args__ = (Index("ix_ingestion_version_event", "version", "event"),)

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    position: int = Field(primary_key=True, sa_column_kwargs=_OWN)
    """Position among the documents of the run."""
    version: int = Field(foreign_key="document_version.id", sa_type=_BIG)
    title: str | None = None
    url: str | None = None
    labels: str


class ResponseRow(SQLModel, table=True):
    """A response, from its intent."""

    __tablename__ = "response"
    __table_args__ = (
        Index("ix_response_tenant_seq", "tenant", "seq"),
        Index("ix_response_end_user_seq", "end_user", "seq"),
        Index("ix_response_trace", "trace", sqlite_where=_TRACED, postgresql_where=_TRACED),
    )

    seq: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    """Position of the intent in the log."""
    id: bytes = Field(unique=True)
    at: int = Field(sa_type=_BIG)
    tenant: str
    application: str
    end_user: str
    model: str
    trace: bytes | None = None
    """The W3C trace id that the caller sent, by which spans that come later find the response."""


class OutcomeRow(SQLModel, table=True):
    """How a response ended: a row of its own, since no row is ever changed."""

    __tablename__ = "outcome"

    seq: int = Field(primary_key=True, foreign_key="response.seq", sa_type=_BIG, sa_column_kwargs=_OWN)
    event: int = Field(foreign_key="event.idx", sa_type=_BIG)
    """The outcome's own position in the log. Of several outcomes, which is a fault, the first stands here."""
    state: str
    decision: str
    error: str


class EdgeRow(SQLModel, table=True):
    """One chunk's part in one response; by chunk, the blast radius.

    These are most of all rows: they hold what is asked of them in numbers. Rank, score and rule stand in the event.
    """

    __tablename__ = "edge"
    __table_args__ = (Index("ix_edge_chunk_seq", "chunk", "seq", "state"), {"sqlite_with_rowid": False})

    seq: int = Field(primary_key=True, foreign_key="response.seq", sa_type=_BIG, sa_column_kwargs=_OWN)
    position: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    """Position among the edges of the intent; of those that a later entry told of, `LATER` times that entry more."""
    chunk: int = Field(foreign_key="chunk.id", sa_type=_BIG)
    state: int
    """Its place in `packing.STATES`."""
    how: int
    """Its place in `packing.HOWS`."""


class FindingRow(SQLModel, table=True):
    """Something that detectors found in a prompt, a chunk or an answer; the places stand in the event's detail."""

    __tablename__ = "finding"
    __table_args__ = ({"sqlite_with_rowid": False},)

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    position: int = Field(primary_key=True, sa_column_kwargs=_OWN)
    entity: str
    border: str
    """`prompt`, `chunk`, `response` or `tool_call`."""
    detector: str
    action: str
    rule: str | None = None


class BreachRow(SQLModel, table=True):
    """A text of *tenant* turned up in a request of another one."""

    __tablename__ = "breach"
    __table_args__ = (Index("ix_breach_tenant", "tenant", "event"),)

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    tenant: str


class HoldRow(SQLModel, table=True):
    """A legal hold was placed or released."""

    __tablename__ = "hold"
    __table_args__ = (Index("ix_hold_tenant", "tenant", "event"),)

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    tenant: str
    id: bytes
    """Of the hold; what releases it has the same."""
    action: str
    kind: str
    target: str


class ErasureRow(SQLModel, table=True):
    """Content was erased; what that was stands in the event's detail."""

    __tablename__ = "erasure"

    event: int = Field(primary_key=True, foreign_key="event.idx", sa_type=_BIG, sa_column_kwargs=_OWN)
    kind: str


class ContentKeyRow(SQLModel, table=True):
    """A key of texts or of their names (contentkeys.py), wrapped; without its row nothing opens what it sealed."""

    __tablename__ = "content_key"
    __table_args__ = (UniqueConstraint("tenant", "kind", "owner"),)

    id: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    tenant: str
    kind: str
    """`tenant`, `subject` or `document`."""
    owner: bytes
    """Name of the subject or document, which nobody finds by guessing; empty for a tenant's."""
    master: bytes
    """Fingerprint of the key that wraps this one (masters.py)."""
    wrapped: bytes


class SealedRow(SQLModel, table=True):
    """A text, stored once for each subject or document whose it is."""

    __tablename__ = "sealed_text"

    name: bytes = Field(primary_key=True)
    """What its tenant's key makes of its digest."""
    key: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    """Number of the key that sealed it."""
    used: int = Field(sa_type=_BIG, index=True)
    """Day of the last event that kept it, counted from 1970; for a document's, of the one that brought it."""
    text: bytes
    """UTF-8, compressed, sealed."""


class BlobRow(SQLModel, table=True):
    """A text as earlier releases stored it, in the clear: `resealing` moves it to `sealed_text`."""

    __tablename__ = "blob"

    tenant: str = Field(primary_key=True)
    digest: bytes = Field(primary_key=True)
    text: bytes
    """UTF-8, compressed."""


class PassageRow(SQLModel, table=True):
    """A text that can be recognised, once for all tenants: what recognition read, not the text itself."""

    __tablename__ = "passage"

    id: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    digest: bytes = Field(unique=True)
    """Of the words; of a forgotten text nothing but a name that no text has."""
    algorithm: int = Field(sa_type=_BIG)
    """Version of what read them (`recognition.words.ALGORITHM`)."""
    kin: int = Field(sa_type=_BIG)
    """Of which document it was first registered, as a number."""
    words: bytes
    """Hashes of the words in order, four bytes each; empty once nobody has it registered."""


class RegistrationRow(SQLModel, table=True):
    """A chunk of a tenant that can be recognised, as it was described last."""

    __tablename__ = "registration"

    seq: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    """Number of the change that made the row what it is."""
    identity: bytes = Field(unique=True)
    """Digest of tenant, source, document, version, ordinal and digest; of a forgotten one a name that none has."""
    passage: int = Field(foreign_key="passage.id", sa_type=_BIG, index=True)
    gone: bool
    """Whether it was forgotten: the row then says so to other processes, and nothing else."""
    owner: bytes = Field(index=True)
    """Digest of tenant, source and document."""
    tenant: str
    namespace: str
    source: str
    document: str
    version: bytes
    ordinal: int = Field(sa_type=_BIG)
    digest: bytes
    title: str | None = None
    url: str | None = None
    labels: str
    """JSON (values.py)."""


class SpanRow(SQLModel, table=True):
    """A retrieval span that a request of its trace may still come for (spans.py); kept for minutes."""

    __tablename__ = "span"

    tenant: str = Field(primary_key=True)
    trace: bytes = Field(primary_key=True)
    """Digest of the trace id, which is the key under which the rest is sealed."""
    name: bytes = Field(primary_key=True)
    """Digest of what the span says."""
    until: int = Field(sa_type=_BIG, index=True)
    """How long it is kept, in microseconds since 1970."""
    size: int = Field(sa_type=_BIG)
    sealed: bytes


class AnswerRow(SQLModel, table=True):
    """A fingerprint of an answer that was released, and the response that it was."""

    __tablename__ = "answer_print"
    __table_args__ = ({"sqlite_with_rowid": False},)

    tenant: str = Field(primary_key=True)
    hash: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    run: bytes = Field(primary_key=True)


class FollowerRow(SQLModel, table=True):
    """How far one has come who follows the log (following.py)."""

    __tablename__ = "follower"

    name: str = Field(primary_key=True)
    position: int = Field(sa_type=_BIG)
    """Entries that it has behind it."""
    owner: str
    """The process that does the work."""
    until: int = Field(sa_type=_BIG)
    """Milliseconds since 1970 at which another process may."""


class AttributionRow(SQLModel, table=True):
    """A sentence of an answer, and the chunk that it is attributed to: derived from the record, and no part of it."""

    __tablename__ = "attribution"
    __table_args__ = (Index("ix_attribution_chunk_seq", "chunk", "seq"), {"sqlite_with_rowid": False})

    seq: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    sentence: int = Field(primary_key=True, sa_column_kwargs=_OWN)
    """Position among the sentences of the answer."""
    start: int
    """Its first character in the answer."""
    end: int
    chunk: int | None = Field(default=None, sa_type=_BIG)
    """`None` if it is attributed to none."""
    score: int
    """Thousandths, of the chunk that is nearest."""
    method: str
    """`overlap`, `meaning`, `short`, or nothing while no chunk has it."""


class CallerBlockRow(SQLModel, table=True):
    """Who made the responses of a stretch of the log, in columns (callerblocks.py): derived, no part of the record."""

    __tablename__ = "caller_block"

    number: int = Field(primary_key=True, sa_type=_BIG, sa_column_kwargs=_OWN)
    columns: bytes
    applications: str
    """JSON: the names that the columns count."""
