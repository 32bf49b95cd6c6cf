import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.digests import digest
from gateway.domain.documents import How, Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import Facts
from gateway.retrievers.conventions import MOST, NO_RETRIEVAL, retrieved
from gateway.tracing.spans import Span
from tests.tracing.exported import TRACE, openinference

SHOP = Source("lineward", "trace:shop")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=5),
    lambda of: (
        st.lists(of, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "content", "score", "metadata", "source", "readers", "url"]), of)
    ),
)


def span(**attributes):
    return Span(TRACE, "shop", attributes)


def gen_ai(documents, **more):
    said = {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": documents, **more}
    return Span(TRACE, "shop", said)


def test_openinference_documents_come_in_their_order():
    said = openinference(*({"id": f"d{number}", "content": f"text {number}", "score": 1 / (number + 1)}
                           for number in range(11)))  # fmt: skip

    found = retrieved(span(**dict(reversed(said.items()))))

    assert [one.document for one in found.chunks] == [f"d{number}" for number in range(11)]
    first = found.chunks[0]
    assert (first.source, first.text, first.score, first.how) == (SHOP, "text 0", 1.0, How.TRACED)
    assert first.digest == first.version == digest("text 0")
    assert not first.is_brought
    assert found.notes == []


def test_metadata_name_the_document_and_label_it():
    metadata = {"source": "s3://hr/salaries.xlsx", "classification": "confidential", "author": {"name": "x"}}

    (found,) = retrieved(span(**openinference({"id": "7c1", "content": "t", "metadata": json.dumps(metadata)}))).chunks

    assert (found.document, found.source) == ("s3://hr/salaries.xlsx", Source("s3://hr", "salaries.xlsx"))
    assert found.labels == Facts(classification="confidential")


def test_a_label_that_cannot_be_read_is_noted_and_the_document_counts():
    metadata = json.dumps({"readers": {"group": "hr"}, "classification": "restricted"})

    found = retrieved(span(**openinference({"id": "a", "metadata": metadata})))

    assert found.chunks[0].labels == Facts(classification="restricted")
    assert found.notes == ["Document 0 of a retrieval span: the label 'readers' must be a string, a number of 64 bits, "
                           "true, false, a time or a list of strings."]  # fmt: skip


@pytest.mark.parametrize("given", ["as JSON", "as a value"])
def test_gen_ai_documents_are_named_by_id_and_data_source(given):
    listed = [{"id": "a", "score": 0.9, "content_hash": "f" * 64}, {"id": 7, "content": "seven"}]
    documents = json.dumps(listed) if given == "as JSON" else listed

    first, second = retrieved(gen_ai(documents, **{"gen_ai.data_source.id": "kb-1"})).chunks

    assert (first.source, first.document, first.score) == (Source("lineward", "trace:kb-1"), "a", 0.9)
    assert (first.text, first.digest) == ("", f"sha256:{'f' * 64}")
    assert (second.document, second.digest) == ("7", digest("seven"))


def test_a_document_without_text_has_a_digest_of_its_own():
    first, second = retrieved(gen_ai([{"id": "a"}, {"id": "b", "content_hash": "md5:7"}])).chunks

    assert len({first.digest, second.digest, digest("")}) == 3
    assert (first.version, first.score) == ("", None)


def test_a_document_that_says_nothing_is_noted():
    found = retrieved(gen_ai([{"score": 1}, {"id": "b"}]))

    assert [one.document for one in found.chunks] == ["b"]
    assert found.notes == ["Document 0 of a retrieval span has neither a name nor text."]


@pytest.mark.parametrize(
    "attributes",
    [{}, {"openinference.span.kind": "LLM", "retrieval.documents.0.document.id": "a"},
     {"gen_ai.operation.name": "chat", "gen_ai.retrieval.documents": "[]"}],
)  # fmt: skip
def test_other_spans_tell_nothing(attributes):
    assert retrieved(span(**attributes)) is NO_RETRIEVAL


def test_a_retrieval_that_found_nothing_is_fine():
    assert retrieved(span(**openinference())).chunks == []
    assert retrieved(gen_ai("[]")).chunks == []


@pytest.mark.parametrize("documents", ["nothing", "{}", ["a"], [{"id": "a"}] * (MOST + 1)])
def test_documents_that_cannot_be_read_are_refused_without_their_text(documents):
    with pytest.raises(BadRequest) as refused:
        retrieved(gen_ai(documents))

    assert "nothing" not in refused.value.message


@given(st.dictionaries(st.sampled_from(["id", "content", "score", "metadata"]), JSON), JSON)
def test_anything_is_read_or_refused(document, listed):
    found = [*retrieved(span(**openinference(document))).chunks]
    try:
        found += retrieved(gen_ai(listed)).chunks
    except BadRequest:
        found += retrieved(gen_ai([document])).chunks

    assert all(one.document and one.digest and one.how is How.TRACED for one in found)
