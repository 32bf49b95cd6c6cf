"""What policies are told about chunks, findings, prompts and answers; each fact is built once and found again."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

from gateway.domain.chat import ChatRequest
from gateway.domain.documents import Chunk, Document, How, Source
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding, Where
from gateway.policy.attributes import SECRETS


def chunk_facts(chunk: Chunk, tenant: str) -> Facts:
    """Return what rules read as `chunk.…`: the labels of *chunk*, and what the gateway knows of it itself.

    *tenant* is the one in whose catalogue or request the chunk was found.
    """
    return _chunk_facts(chunk.labels, chunk.source, chunk.document, chunk.how, tenant)


def document_facts(document: Document, tenant: str) -> Facts:
    """Return what rules read as `document.…` when *document* enters the catalogue of *tenant*."""
    given = {"source": str(document.source), "id": document.id, "tenant": _tenant(document.labels, tenant)}
    return document.labels | given


def request_facts(request: ChatRequest) -> Facts:
    """Return what rules read as `request.…`."""
    return Facts(model=request.model, stream=request.stream)


@lru_cache(maxsize=4096)
def _finding_facts(entity: str, score: float, detector: str, where: Where, carrier: str) -> Facts:
    category = "secret" if entity in SECRETS else "pii"
    facts = Facts(entity=entity, category=category, score=score, detector=detector, where=where.value)
    return facts | {"carrier": carrier} if carrier else facts


def finding_facts(finding: Finding, where: Where, carrier: str = "") -> Facts:
    """Return what rules read as `finding.…`.

    *where* is the border at which it was found; *carrier* the kind of text that it stands in, such as `system`, `user`,
    `history`, `tool`: one of a few words, not a path, since decisions are remembered by it.
    """
    return _finding_facts(finding.entity, finding.score, finding.detector, where, carrier)


def prompt_facts(findings: Iterable[Finding], chunks: Sequence[Chunk]) -> Facts:
    """Return what rules read as `prompt.…`: the *findings* in its texts and the *chunks* that stand in it."""
    return _context(chunks) | {"entities": _entities(findings)}


def response_facts(findings: Iterable[Finding], chunks: Sequence[Chunk]) -> Facts:
    """Return what rules read as `response.…`: an answer carries the labels of the *chunks* that fed it."""
    return _context(chunks) | {"entities": _entities(findings)}


def tool_call_facts(name: str, chunks: Sequence[Chunk]) -> Facts:
    """Return what rules read as `tool_call.…` when an answer that *chunks* fed calls the tool *name*."""
    return _context(chunks) | {"name": name}


@lru_cache(maxsize=16_384)
def _chunk_facts(labels: Facts, source: Source, document: str, how: How, tenant: str) -> Facts:
    given = {"source": str(source), "document": document, "how": how.value, "tenant": _tenant(labels, tenant)}
    return labels | given


def _tenant(labels: Facts, tenant: str) -> str:
    """Return whose text it is. One that two tenants claim is neither's, so that isolation refuses it to both."""
    claimed = labels.get("tenant", tenant)
    return tenant if claimed == tenant else f"{tenant} and {claimed}"


def _entities(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(sorted({finding.entity for finding in findings}))


def _context(chunks: Sequence[Chunk]) -> Facts:
    """Return the labels that flow from *chunks* to what they feed; the policy set knows their order and defaults."""
    classifications = {str(chunk.labels.get("classification", "")) for chunk in chunks}
    origins = {str(chunk.labels["trust"]) for chunk in chunks if "trust" in chunk.labels}
    return Facts(chunks=len(chunks), classifications=tuple(sorted(classifications)), origins=tuple(sorted(origins)))
