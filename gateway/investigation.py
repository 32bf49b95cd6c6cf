"""What a responder asks about one response, version or chunk, the same over HTTP and on a command line."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.domain.catalogue import ChunkOrigin, VersionChunk
from gateway.domain.digests import Digest
from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest, NotFound
from gateway.domain.records import DocumentRecord, ResponseRecord
from gateway.interfaces import Ledger
from gateway.lineage.differences import Difference, difference, text_difference
from gateway.lineage.prompts import Prompt, Texts, prompt_of


class Versions(Protocol):
    """Knows the chunks of versions, and where chunks came from."""

    def chunks(self, document: str, version: Digest, tenant: str | None) -> Sequence[VersionChunk]:
        """Return the chunks of that *version* of *document*, in order."""

    def origins(self, chunk: Digest, tenant: str | None) -> Sequence[ChunkOrigin]:
        """Return where *chunk* stands and how it came in, the earliest first."""


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """What is different between two versions of a document."""

    document: str
    left: Digest
    right: Digest
    lines: Sequence[str]
    """A unified diff of their texts, chunk after chunk."""
    complete: bool
    """Whether both texts are kept; of a chunk that is not, its digest stands in its place."""


@dataclass(frozen=True, slots=True)
class Investigation:
    """Answers from *ledger*, *versions* and the *texts* that are kept; a *tenant* of `None` is the operator.

    Everything raises `NotFound` for what is not known, and `LineageUnavailable`.
    """

    ledger: Ledger
    versions: Versions
    texts: Texts

    def response(self, id: str, tenant: str | None) -> ResponseRecord:
        """Return the record of response *id*."""
        record = self.ledger.response(id, tenant)
        if record is None:
            raise NotFound(f"No response {id!r} is recorded here.", code="response_not_found")
        return record

    def prompt(self, id: str, tenant: str | None) -> Prompt:
        """Return what the model of response *id* was asked, byte for byte."""
        return prompt_of(self.response(id, tenant), self.texts)

    def difference(self, left: str, right: str, tenant: str | None) -> Difference:
        """Return what is different between the responses *left* and *right*."""
        records = self.response(left, tenant), self.response(right, tenant)
        return difference(*records, (prompt_of(records[0], self.texts), prompt_of(records[1], self.texts)))

    def document(self, id: str, tenant: str | None, source: str = "") -> DocumentRecord:
        """Return the document *id* of *source*, namespace/name, or of whichever has changed it last."""
        found = self.ledger.document(id, tenant, Source.parse(source) if source else None)
        if found is None:
            where = f" of {source!r}" if source else ""
            raise NotFound(f"No document {id!r}{where} is known here.", code="document_not_found")
        return found

    def version_difference(
        self, id: str, tenant: str | None, left: Digest = "", right: Digest = "", source: str = ""
    ) -> VersionDifference:
        """Return what is different between the versions *left* and *right* of document *id* of *source*.

        Without *right* the current one is meant, without *left* the one before *right*. Raises `BadRequest` when there
        is no version before it.
        """
        versions = self.document(id, tenant, source).versions
        digests = [version.digest for version in versions]
        current = next(version.digest for version in versions if version.current)
        right = right or current
        if not left:
            later = digests.index(right) if right in digests else 0
            if later + 1 >= len(digests):
                raise BadRequest(f"{id!r} has no version before {right}.", param="from")
            left = digests[later + 1]
        for version in (left, right):
            if version not in digests:
                raise NotFound(f"{id!r} has no version {version!r}.", code="version_not_found")
        texts = [self._text(id, version, tenant) for version in (left, right)]
        return VersionDifference(
            id, left, right, text_difference(texts[0][0], texts[1][0]), complete=texts[0][1] and texts[1][1]
        )

    def chunk(self, digest: Digest, tenant: str | None) -> Sequence[ChunkOrigin]:
        """Return where the chunk *digest* stands, when it came in, by whom, in which run, and what came with it."""
        origins = self.versions.origins(digest, tenant)
        if not origins:
            raise NotFound(f"No chunk {digest!r} is known here.", code="chunk_not_found")
        kept = {owner: self.texts.texts([digest], owner) for owner in {one.tenant for one in origins}}
        return [replace(one, text=kept[one.tenant].get(digest)) for one in origins]

    def _text(self, id: str, version: Digest, tenant: str | None) -> tuple[str, bool]:
        chunks = self.versions.chunks(id, version, tenant)
        kept = self.texts.texts([chunk.digest for chunk in chunks], chunks[0].tenant) if chunks else {}
        whole = all(chunk.digest in kept for chunk in chunks)
        return "\n".join(kept.get(chunk.digest, f"[not kept: {chunk.digest}]") for chunk in chunks), whole
