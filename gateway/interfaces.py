"""Every seam of the house on one page.

Each Protocol has one folder with the plural of its name; that word is also its entry-point group
(`gateway.detectors`) and its key in the configuration. An implementation is a frozen dataclass whose fields are its
configuration. Built-ins come in through the same entry points as plug-ins.
"""

from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeAlias

from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.digests import Digest
from gateway.domain.documents import Chunk, Document, Source
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding
from gateway.domain.principals import Principal
from gateway.domain.records import (
    CurrentVersion,
    DocumentRecord,
    Fault,
    Impact,
    ResponseRecord,
    SourceRecord,
    StoreStats,
    TreeHead,
)
from gateway.domain.runs import RunEvent
from gateway.domain.subjects import Subject

Vector: TypeAlias = Sequence[float]


class Detector(Protocol):
    """Finds what policies speak about in texts."""

    @property
    def version(self) -> str:
        """Name and version of what decides the findings: other version, other findings. Part of cache keys."""

    @property
    def entities(self) -> frozenset[str]:
        """Entities that it can find now."""

    async def prepare(self) -> None:
        """Begin to load what would make the first text wait. Raises `GuardUnavailable` when it will never look."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text, in the order of *texts*.

        Findings of one text may overlap and need no order. Raises `GuardUnavailable` when it cannot look.
        """

    async def aclose(self) -> None:
        """End processes and close connections."""


class Retriever(Protocol):
    """Learns which chunks feed a request, in one way."""

    async def retrieve(self, request: ChatRequest, principal: Principal) -> Sequence[Chunk]:
        """Return the chunks, best first; nothing when the request gives no occasion.

        Raises `BadRequest`, `Forbidden` or `NotFound` for what the caller did wrong, `ContextUnavailable` when the
        search fails.
        """


class Loader(Protocol):
    """Reads documents out of one file format."""

    @property
    def suffixes(self) -> Sequence[str]:
        """File name endings that it reads, lower case with the dot."""

    def load(self, blob: bytes, source: Source, name: str) -> Iterator[Document]:
        """Yield the documents in *blob*, the contents of the file *name* of *source*.

        Raises `BadRequest` when *blob* is not of the format.
        """


class Embedder(Protocol):
    """Turns texts into vectors whose nearness is nearness of meaning."""

    @property
    def version(self) -> str:
        """Name and version of the model: vectors of different versions cannot be compared."""

    @property
    def facts(self) -> Facts:
        """What policies read as `dest.…` of a text that is embedded."""

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """Return one unit-length vector for each of *texts*, in order."""

    async def aclose(self) -> None:
        """Close pooled connections."""


class Provider(Protocol):
    """Answers requests."""

    @property
    def name(self) -> str:
        """Its name in the configuration."""

    @property
    def facts(self) -> Facts:
        """What policies read as `dest.…`: `provider, region, self_hosted, zero_retention, trains_on_data`."""

    @property
    def speaks(self) -> frozenset[str]:
        """Names of the dialects that it is asked in; requests of other dialects are translated on their way to it."""

    async def prepare(self) -> None:
        """Load now what would make the first answer wait, without opening a connection."""

    def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        """Yield the answer to *request* by the provider's *model*: a stream's events, or one whole body.

        The terminating `[DONE]` of a stream is not an event. Raises `ProviderFailed` when there is no answer after
        its retries, `ProviderRefused` for the provider's own 4xx. Closing the iterator cancels the upstream call.
        """

    async def aclose(self) -> None:
        """Close pooled connections."""


class Store(Protocol):
    """Keeps the log. Synchronous on purpose: one writer thread owns it."""

    def append(self, events: Sequence[RunEvent]) -> Sequence[int]:
        """Append *events* durably in one transaction and return their indexes in the log, gapless from 0.

        All or nothing; an event that is already there is not appended again and keeps its index. Raises
        `LineageUnavailable` when disk or server do not take them.
        """

    @property
    def head(self) -> TreeHead:
        """What the log was after the last append."""

    def close(self) -> None:
        """Give back connections and files."""


class Exporter(Protocol):
    """Tells another system what the log tells. Synchronous: a thread of its own calls it."""

    @property
    def name(self) -> str:
        """Name of its place in the log: one of another name begins anew."""

    @property
    def window(self) -> float | None:
        """Seconds whose events are handed over together when they are over; 0: as they come; `None`: only by hand."""

    @property
    def since(self) -> str:
        """Whether a new one begins with what comes `now`, or at the `beginning` of the log."""

    def export(self, events: Iterable[RunEvent]) -> None:
        """Send what *events* tell, in their order, and return when the other system has it.

        Raises `ExportFailed`: the same events come again then, as after a crash. What is sent says which one it is, so
        that who has it already can tell.
        """

    def close(self) -> None:
        """Close connections."""


class Ledger(Protocol):
    """Answers questions from a store, on connections of its own; safe to call from any thread.

    A *tenant* limits every answer to that tenant; `None` is for the operator's own command line.
    """

    def response(self, id: str, tenant: str | None) -> ResponseRecord | None:
        """Return the record of response *id*, or `None`."""

    def responses(self, tenant: str | None, *, limit: int, cursor: str = "") -> tuple[Sequence[ResponseRecord], str]:
        """Return one page of records without their details, newest first, and the next page's cursor."""

    def document(self, id: str, tenant: str | None, source: Source | None = None) -> DocumentRecord | None:
        """Return the document with that id of *source*, or of any: the one that changed last. Else `None`."""

    def impact(
        self, subject: Subject, tenant: str | None, *, limit: int, cursor: str = "", after: int = -1
    ) -> Impact | None:
        """Return who was fed by *subject*; `None` when no such document, version, chunk or source is known.

        Only responses that stand in the log behind entry *after* count.
        """

    def documents(
        self, tenant: str | None, *, source: Source | None = None, text: str = "", limit: int, cursor: str = ""
    ) -> tuple[Sequence[DocumentRecord], str]:
        """Return one page of documents, those first seen last before others, and the next page's cursor.

        Only those of *source*, if one is given, and those with *text* in their id or a title, whatever its case.
        """

    def sources(self, tenant: str | None) -> Sequence[SourceRecord]:
        """Return the sources that have documents, in the order of their names."""

    def versions(self, source: Source, tenant: str) -> Mapping[str, Digest]:
        """Return the current version's digest of each document of *source*."""

    def current(self, source: Source, tenant: str, names: Collection[str]) -> Mapping[str, CurrentVersion]:
        """Return the version that was ingested last of each document of *source* among *names*, if it ever was."""

    def others(self, source: Source, tenant: str, names: Collection[str]) -> Mapping[str, CurrentVersion]:
        """Return the same of each document of *source* that is not among *names*.

        A very long name may come shortened; it then names the same document.
        """

    def stats(self) -> StoreStats:
        """Return what the store holds, intents without outcome among it."""

    def verify(self) -> Iterator[Fault | int]:
        """Check the whole log; yield each fault, and between them the number of events checked so far.

        Checked are gapless indexes, each leaf against the row it commits to, the recorded tree root, and that an
        outcome has its intent.
        """

    def verify_quickly(self) -> Iterator[Fault | int]:
        """Check the same of leaves and tree alone: whether the log is whole, not what its entries say."""

    def verify_entries(self, indexes: Sequence[int]) -> Iterator[Fault | int]:
        """Check the entries at *indexes*, each against its leaf and with its rows, but not the tree."""

    def close(self) -> None:
        """Give back connections."""
