import json
from dataclasses import replace
from datetime import UTC, datetime

from prov.model import ProvDerivation, ProvDocument, ProvUsage

from gateway.domain.attributions import Share
from gateway.domain.digests import digest
from gateway.domain.documents import ChunkState, How
from gateway.domain.records import ContextEntry, ResponseRecord
from gateway.domain.runs import RunState
from gateway.exporters.prov import provenance


def entry(rank, state, document="a.md", attribution=None):
    return ContextEntry(
        rank, digest(f"chunk {rank}"), document, "s3://kb/x", digest(document), rank, How.RETRIEVED, state, score=0.5,
        preview="What it says.", attribution=attribution,
    )  # fmt: skip


RECORD = ResponseRecord(
    id="01930000-0000-7000-8000-000000000000", at=datetime(2026, 11, 20, 6, tzinfo=UTC), tenant="acme",
    application="bot", purpose="support", end_user="ann", model="gpt", provider="openai", region="us", stream=False,
    state=RunState.COMPLETE, decision="allow", policy=digest("p"), request=digest("r"), index=3,
    released=digest("answer"), answer="The answer.", question="The question?", total_ms=1500.0,
    context=[
        entry(1, ChunkState.SENT), entry(2, ChunkState.ATTRIBUTED, attribution=Share("overlap", 0.75, 2)),
        entry(3, ChunkState.DROPPED, "b.md"), entry(4, ChunkState.MASKED),
    ],
)  # fmt: skip


def read(record):
    return ProvDocument.deserialize(content=json.dumps(provenance(record)), format="json")


def pairs(document, kind, start):
    """What is related to what by statements of *kind*, of things whose names begin with *start*."""
    found = [[str(value) for _, value in one.formal_attributes] for one in document.get_records(kind)]
    return {(one[0], one[1]) for one in found if one[0].startswith(start)}


def chunks(document):
    return sorted(str(one.identifier) for one in document.get_records() if str(one.identifier).startswith("chunk:"))


def test_it_is_prov_and_goes_through_the_library_and_back():
    document = read(RECORD)
    again = ProvDocument.deserialize(content=document.serialize(), format="json")

    assert again == document
    assert document.has_bundles() is False
    assert document.get_provn()


def test_a_generation_used_its_context_and_only_what_was_attributed_shaped_the_response():
    document = read(RECORD)

    assert len(chunks(document)) == 4
    assert len(pairs(document, ProvUsage, "retrieval:")) == 4
    assert len(pairs(document, ProvUsage, "generation:")) == 1 + 3
    assert len(pairs(document, ProvDerivation, "prompt:")) == 3
    assert len(pairs(document, ProvDerivation, "response:")) == 1
    (derived,) = [one for one in document.get_records(ProvDerivation) if one.extra_attributes]
    assert {(str(name), str(value)) for name, value in derived.extra_attributes} == {
        ("lineward:method", "overlap"), ("lineward:score", "0.75"), ("lineward:sentences", "2")
    }  # fmt: skip


def test_without_attribution_nothing_is_said_to_have_shaped_the_response():
    record = replace(RECORD, context=[entry(1, ChunkState.SENT)])

    assert pairs(read(record), ProvDerivation, "response:") == set()


def test_of_a_refused_request_there_is_no_response():
    document = read(replace(RECORD, released=None, provider="", end_user=""))

    assert not [one for one in document.get_records() if str(one.identifier).startswith("response:")]
    assert pairs(document, ProvDerivation, "response:") == set()


def test_no_text_is_told():
    told = json.dumps(provenance(RECORD))

    assert not any(text in told for text in ("What it says.", "The answer.", "The question?"))


def test_chunks_of_one_document_are_of_one_version_of_it():
    told = provenance(RECORD)["entity"]

    assert sum(name.startswith("document:") for name in told) == sum(name.startswith("version:") for name in told) == 2
