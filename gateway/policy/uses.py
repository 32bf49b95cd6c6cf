"""What policies are told about chunks, findings, prompts and answers; each fact is built once and found again."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol

from gateway.domain.documents import Chunk, Document, How, Source
from gateway.domain.facts import NONE, Facts, Value
from gateway.domain.findings import Finding, Where
from gateway.policy.attributes import LINK, SECRETS
from gateway.policy.licences import DERIVED, licence_facts

_OUT = Facts(quarantined=True)


def chunk_facts(chunk: Chunk, tenant: str) -> Facts:
    """Return what rules read as `chunk.…`: the labels of *chunk*, and what the gateway knows of it itself.

    *tenant* is the one in whose catalogue or request the chunk was found.
    """
    facts = _chunk_facts(chunk.labels, chunk.source, chunk.document, chunk.how, tenant)
    return facts | _OUT if chunk.contained else facts


def document_facts(document: Document, tenant: str) -> Facts:
    """Return what rules read as `document.…` when *document* enters the catalogue of *tenant*."""
    given = {"source": str(document.source), "id": document.id, "tenant": _tenant(document.labels, tenant)}
    return _labels(document.labels) | given


class Asked(Protocol):
    """A request, arrived or recorded."""

    @property
    def model(self) -> str:
        """The model that it names."""

    @property
    def stream(self) -> bool:
        """Whether it wants a stream."""


class Found(Protocol):
    """Something that detectors found, now or in a record."""

    @property
    def entity(self) -> str:
        """Its type."""

    @property
    def score(self) -> float:
        """Confidence, 0 to 1."""

    @property
    def detector(self) -> str:
        """Who found it."""

    @property
    def host(self) -> str:
        """Where a link leads to; empty for everything else."""


def request_facts(request: Asked) -> Facts:
    """Return what rules read as `request.…`."""
    return _request_facts(request.model, request.stream)


@lru_cache(maxsize=1024)
def _request_facts(model: str, stream: bool) -> Facts:
    return Facts(model=model, stream=stream)


@lru_cache(maxsize=4096)
def _finding_facts(finding: Finding, where: Where, carrier: str, context: Facts) -> Facts:
    entity = finding.entity
    category = "secret" if entity in SECRETS else "link" if entity == LINK else "pii"
    facts = Facts(entity=entity, category=category, score=finding.score, detector=finding.detector, where=where.value)
    optional = {"carrier": carrier, "host": finding.host}
    return facts | {name: value for name, value in optional.items() if value} | context


def finding_facts(finding: Found, where: Where, carrier: str = "", context: Facts = NONE) -> Facts:
    """Return what rules read as `finding.…`.

    *where* is the border at which it was found; *carrier* the kind of text that it stands in, such as `system`, `user`,
    `history`, `tool`: one of a few words, not a path, since decisions are remembered by it. *context* is what
    `context_facts` says of the chunks that fed the text.
    """
    kind = Finding(finding.entity, 0, 0, finding.score, finding.detector, finding.host)
    return _finding_facts(kind, where, carrier, context)


def prompt_facts(findings: Iterable[Found], chunks: Sequence[Chunk]) -> Facts:
    """Return what rules read as `prompt.…`: the *findings* in its texts and the *chunks* that stand in it."""
    return _holding(context_facts(chunks), _entities(findings))


def response_facts(findings: Iterable[Found], chunks: Sequence[Chunk]) -> Facts:
    """Return what rules read as `response.…`: an answer carries the labels of the *chunks* that fed it."""
    return _holding(context_facts(chunks), _entities(findings))


def tool_call_facts(name: str, chunks: Sequence[Chunk]) -> Facts:
    """Return what rules read as `tool_call.…` when an answer that *chunks* fed calls the tool *name*."""
    return context_facts(chunks) | {"name": name}


@lru_cache(maxsize=16_384)
def _chunk_facts(labels: Facts, source: Source, document: str, how: How, tenant: str) -> Facts:
    given = {"source": str(source), "document": document, "how": how.value, "tenant": _tenant(labels, tenant)}
    return _labels(labels) | given


def _labels(labels: Facts) -> Facts:
    """Return *labels* with what follows from them."""
    licence = labels.get("license")
    follows = licence_facts(licence) if isinstance(licence, str) else {}
    if not DERIVED.isdisjoint(labels):  # which nobody gives himself
        labels = Facts({name: value for name, value in labels.items() if name not in DERIVED})
    return labels | follows if follows else labels


def _tenant(labels: Facts, tenant: str) -> str:
    """Return whose text it is. One that two tenants claim is neither's, so that isolation refuses it to both."""
    claimed = labels.get("tenant", tenant)
    return tenant if claimed == tenant else f"{tenant} and {claimed}"


def _entities(findings: Iterable[Found]) -> tuple[str, ...]:
    return tuple(sorted({finding.entity for finding in findings}))


def context_facts(chunks: Sequence[Chunk]) -> Facts:
    """Return the labels that flow from *chunks* to what they feed; the policy set knows their order and defaults.

    The purposes and readers are those that every chunk allows which names some; denied readers and residencies are
    those that any chunk names.
    """
    return _context(len(chunks), frozenset(chunk.labels for chunk in chunks))


@lru_cache(maxsize=4096)
def _holding(context: Facts, entities: tuple[str, ...]) -> Facts:
    return context | {"entities": entities}


@lru_cache(maxsize=4096)
def _context(number: int, labels: frozenset[Facts]) -> Facts:
    """Return what flows from a *number* of chunks with these *labels*; the same for a prompt and its answer."""
    classifications = {str(one.get("classification", "")) for one in labels}
    origins = {str(one["trust"]) for one in labels if "trust" in one}
    joined: dict[str, Value] = {
        "chunks": number,
        "classifications": tuple(sorted(classifications)),
        "origins": tuple(sorted(origins)),
    }
    for label in ("purposes", "readers"):
        if named := _named(labels, label):
            joined[label] = tuple(sorted(frozenset.intersection(*named)))
    for label, name in (("denied_readers", "denied_readers"), ("residency", "residencies")):
        if named := _named(labels, label):
            joined[name] = tuple(sorted(frozenset.union(*named)))
    return Facts(joined)


def _named(labels: Iterable[Facts], label: str) -> list[frozenset[str]]:
    """Return what each of *labels* says that has the *label*, as a list of words."""
    values = [one[label] for one in labels if label in one]
    return [frozenset(value if isinstance(value, tuple) else (str(value),)) for value in values]
