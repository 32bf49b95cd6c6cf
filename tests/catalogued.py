"""Everything that an ingest needs, all of it real but for the embedder."""

from pathlib import Path

from gateway.detectors.cached import CachedDetector
from gateway.detectors.patterns import PatternDetector
from gateway.dialects.chat import CHAT
from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest, LineageUnavailable
from gateway.domain.facts import Facts
from gateway.domain.labels import SourceLabels
from gateway.domain.principals import Principal
from gateway.domain.quarantines import Quarantine
from gateway.domain.runs import Ingestion, RunEvent
from gateway.entering import Report
from gateway.ingest import Ingestor
from gateway.lineage.writer import Writer
from gateway.policy.loading import load
from gateway.retrievers.chroma import ChromaAddress, ChromaCollections, ChromaIndex, ChromaRetriever
from gateway.stores.opening import open_ledger, open_store
from tests.retrievers.words import WordEmbedder

RULES = """
version: 1
defaults: {unlabelled: internal, on_error: deny}
rules:
- id: no-restricted
  owner: secops@example.com
  target: ingest
  match: {document.classification: restricted}
  effect: deny
  explain: "{document.id} is restricted"
- id: partners-are-noted
  owner: secops@example.com
  target: ingest
  match: {document.trust: partner}
  effect: flag
  explain: "{document.id} comes from a partner"
- id: suspect-is-quarantined
  owner: secops@example.com
  target: ingest
  match: {document.quality: {lt: 0.1}}
  effect: quarantine
  explain: "{document.id} looks like an attack"
"""
KB = Source("file", "/kb")
OPERATOR = Principal("lineward ingest", "acme")
READER = Principal("bot", "acme", collections=("kb", "more"))


class Recording:
    """A store that also remembers what it was given."""

    def __init__(self, url: str) -> None:
        self._store = open_store(url)
        self.events: list[RunEvent] = []
        self.broken = False

    def append(self, events):
        if self.broken:
            raise LineageUnavailable("the disk is full")
        self.events += events
        return self._store.append(events)

    @property
    def head(self):
        return self._store.head

    def close(self) -> None:
        self._store.close()


class Quarantined(list[Quarantine]):
    """Remembers what was quarantined."""

    async def quarantine(self, ordered: Quarantine) -> None:
        self.append(ordered)


class House:
    """Everything that an ingest needs, all of it real but for the embedder."""

    def __init__(self, folder: Path) -> None:
        url = f"sqlite:///{folder}/lineward.db"
        (folder / "rules.yaml").write_text(RULES)
        address = ChromaAddress(folder / "chroma")
        self.store = Recording(url)
        self.writer = Writer(self.store)
        self.writer.start()
        self.ledger = open_ledger(url)
        self.embedder = WordEmbedder()
        self.collections = ChromaCollections({"kb": address, "more": address})
        self.index = ChromaIndex(self.collections, self.embedder)
        self.detector = CachedDetector([PatternDetector()])
        self.quarantined = Quarantined()
        self.ingestor = Ingestor(
            load(folder / "rules.yaml"), self.detector, self.embedder, self.index, self.ledger, self.writer,
            sources=SourceLabels({Source("wiki", "hr"): Facts(classification="internal", readers=("hr", "ops"))}),
            quarantines=self.quarantined,
        )  # fmt: skip

    async def ingest(self, *documents: Document | BadRequest, collection: str = "kb", **more) -> Report:
        return await self.ingestor.ingest(documents, collection, more.pop("who", OPERATOR), **more)

    async def found(self, question: str, collection: str = "kb", who: Principal = READER) -> list[str]:
        body = {"model": "m", "messages": [{"role": "user", "content": question}], "collections": [collection]}
        retriever = ChromaRetriever(self.collections, self.embedder)
        return [hit.text for hit in await retriever.retrieve(CHAT.parse(body), who)]

    @property
    def ingestions(self) -> list[Ingestion]:
        return [event.body for event in self.store.events if isinstance(event.body, Ingestion)]

    def close(self) -> None:
        self.writer.close()
        self.store.close()
        self.ledger.close()
        self.collections.close()
