"""Hypothesis strategies for every body that an event can have."""

from dataclasses import replace
from datetime import UTC

from hypothesis import strategies as st

from gateway.domain.decisions import Decision, Effect, Mode, RuleHit, Target
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, ChunkState, Document, How, IngestedDocument, Source
from gateway.domain.facts import Facts
from gateway.domain.findings import Where
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import (
    Accessed,
    Attempt,
    Breached,
    BreachedChunk,
    Edge,
    Embedding,
    Erased,
    Held,
    IncidentChanged,
    IncidentStep,
    Ingestion,
    Intent,
    LineageReported,
    Noted,
    Outcome,
    PolicyActivated,
    Quarantined,
    RunEvent,
    RunState,
    Segment,
    Traced,
    Usage,
)
from gateway.stores.encoding import CARRIERS

texts = st.text(st.characters(exclude_categories=[]), max_size=12)
digests = st.one_of(texts.map(digest), texts)
counts = st.integers(0, 2**40)
numbers = st.floats(allow_nan=False, allow_infinity=False)
values = st.one_of(
    texts,
    st.integers(),
    st.floats(allow_nan=False),
    st.booleans(),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(texts, max_size=3).map(tuple),
)
facts = st.dictionaries(texts, values, max_size=3).map(Facts)
hits = st.builds(
    RuleHit,
    texts,
    st.sampled_from(Effect),
    st.sampled_from(Mode),
    st.none() | texts,
    texts,
    st.lists(st.tuples(texts, values), max_size=3).map(tuple),
)
decisions = st.builds(
    Decision, st.sampled_from(Target), st.sampled_from(Effect), st.lists(hits, max_size=2).map(tuple), digests
)
sources = st.builds(Source, texts, texts)
chunks = st.builds(
    Chunk,
    source=sources,
    document=texts,
    version=digests,
    ordinal=counts,
    text=texts,
    how=st.sampled_from(How),
    title=st.none() | texts,
    url=st.none() | texts,
    labels=facts,
    rank=counts,
    score=st.none() | numbers,
    path=st.lists(texts | counts, max_size=3).map(tuple),
    masked=st.booleans(),
)
edges = st.builds(Edge, chunks, st.sampled_from(ChunkState), decisions)
noted = st.builds(
    Noted, texts, st.sampled_from(Where), texts, counts, counts, numbers, texts, texts, st.none() | texts, texts
).map(lambda found: replace(found, carrier=found.carrier or CARRIERS.get(found.where, "")))
segments = st.builds(Segment, texts, texts, counts, counts, digests, st.none() | digests)
principals = st.builds(
    Principal,
    texts,
    texts,
    st.frozensets(st.sampled_from(Role)),
    *[st.lists(texts, max_size=3).map(tuple)] * 3,
    texts,
    texts,
    st.lists(texts, max_size=3).map(tuple),
    noncommercial=st.lists(texts, max_size=3).map(tuple),
)
contents = st.lists(texts, max_size=3).map(lambda kept: {digest(text): text for text in kept})
several = {"max_size": 3}
intents = st.builds(
    Intent,
    principals,
    texts,
    texts,
    texts,
    st.booleans(),
    digests,
    st.lists(edges, **several).map(tuple),
    st.lists(noted, **several).map(tuple),
    st.lists(decisions, **several).map(tuple),
    st.lists(segments, **several).map(tuple),
    digests,
    contents,
    texts,
    texts,
    st.lists(texts, **several).map(tuple),
    st.lists(facts, **several).map(tuple),
    dialect=texts,
    shape=digests,
    conversation=texts,
    replays=texts,
    continues=texts,
)
outcomes = st.builds(
    Outcome,
    texts,
    texts,
    texts,
    st.none() | digests,
    texts,
    texts,
    st.lists(st.builds(Attempt, texts, texts, texts, texts), **several).map(tuple),
    st.lists(texts, **several).map(tuple),
    st.none() | st.builds(Usage, counts, counts),
    st.lists(noted, **several).map(tuple),
    st.lists(decisions, **several).map(tuple),
    contents,
    st.none() | numbers,
    numbers,
    st.lists(texts, **several).map(tuple),
)
documents = st.builds(Document, sources, texts, texts, digests, st.none() | texts, st.none() | texts, facts)


@st.composite
def ingested_documents(draw):
    """A document with chunks that are its own."""
    document = draw(documents)
    pieces = draw(st.lists(texts, **several))
    chunks = tuple(
        Chunk(document.source, document.id, document.version, at, piece, draw(st.sampled_from(How)))
        for at, piece in enumerate(pieces)
    )
    outcome = draw(st.sampled_from(["added", "changed", "unchanged", "refused"]))
    return IngestedDocument(document, chunks, outcome, draw(st.none() | texts))


ingestions = st.builds(
    Ingestion,
    principals,
    texts,
    st.lists(ingested_documents(), **several).map(tuple),
    st.lists(decisions, **several).map(tuple),
)
activations = st.builds(
    PolicyActivated, digests, st.lists(texts, **several).map(tuple), texts, st.dictionaries(texts, texts, **several)
)
accesses = st.builds(Accessed, principals, texts, st.lists(texts, **several).map(tuple), st.just("") | digests)
reports = st.builds(LineageReported, texts, texts)
"""For encoding alone: a projection needs an event that was accepted."""
traced = st.builds(Traced, st.lists(edges, **several).map(tuple), digests)
breached = st.builds(BreachedChunk, sources, texts, digests, counts, digests, numbers, counts)
breaches = st.builds(Breached, texts, st.lists(breached, **several).map(tuple))
embeddings = st.builds(
    Embedding,
    principals,
    texts,
    texts,
    texts,
    digests,
    st.lists(noted, **several).map(tuple),
    st.lists(decisions, **several).map(tuple),
    digests,
)
holds = st.builds(Held, principals, texts, texts, texts, texts)
erasures = st.builds(
    Erased,
    principals,
    texts,
    texts,
    st.lists(st.tuples(counts, texts), max_size=3).map(tuple),
    counts,
    st.lists(texts, max_size=3).map(tuple),
    texts,
    st.lists(counts, max_size=3).map(tuple),
    st.none() | counts,
)
quarantines = st.builds(
    Quarantined, sources, texts, texts, st.booleans(), texts, st.none() | texts, texts, st.none() | principals
)
incidents = st.builds(
    IncidentChanged, texts, st.sampled_from(IncidentStep), principals, texts, st.lists(texts, **several).map(tuple)
)
bodies = st.one_of(
    holds,
    erasures,
    intents,
    outcomes,
    ingestions,
    activations,
    accesses,
    reports,
    traced,
    breaches,
    embeddings,
    quarantines,
    incidents,
)
events = st.builds(RunEvent, texts, st.sampled_from(RunState), bodies, texts)
