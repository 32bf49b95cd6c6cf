import pytest

from gateway.dialects.rerank import RERANK
from gateway.domain.errors import BadRequest


def body(*documents: object, **more: object) -> dict:
    return {"model": "m", "query": "q", "documents": list(documents), **more}


def test_documents_are_chunks_in_their_places():
    request = RERANK.parse(body("plain", {"text": "with a name", "id": "a", "title": "A", "source": "wiki/kb"}))

    plain, named = request.documents
    assert (plain.path, plain.spans, plain.block) == (("documents", 0), ((0, 5),), ("documents", 0))
    assert (named.path, named.spans, named.block) == (("documents", 1, "text"), ((0, 11),), ("documents", 1))
    assert (named.document, named.title, str(named.source)) == ("a", "A", "lineward/wiki/kb")
    assert plain.in_place and named.in_place and not plain.is_brought


def test_labels_speak_to_policies_and_not_to_the_provider():
    request = RERANK.parse(body({"text": "x", "labels": {"classification": "secret"}, "novel": 1}))

    assert dict(request.documents[0].labels) == {"classification": "secret"}
    assert request.raw["documents"] == [{"text": "x", "novel": 1}]


def test_a_document_of_fields_is_a_chunk_of_all_of_them():
    request = RERANK.parse(body({"Title": "A", "Body": "b"}, rank_fields=["Title", "Body"]))

    assert request.documents[0].text == "A\nb"
    assert request.documents[0].block == ("documents", 0)


def test_every_string_is_a_text_and_the_query_the_users():
    request = RERANK.parse(body("d", {"text": "t", "id": "i"}))

    assert [(text.value, text.kind) for text in request.texts] == [
        ("q", "user"), ("d", "other"), ("t", "other"), ("i", "other"),
    ]  # fmt: skip
    assert request.question == "q"


def test_a_query_may_be_a_picture_with_words():
    request = RERANK.parse({"model": "m", "query": {"text": "a", "image": "b"}, "documents": ["d"]})

    assert request.question == "a\nb"


def test_a_document_that_is_withheld_is_null():
    assert RERANK.withheld("x", "notice") is None


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"model": "m", "query": "q"}, "documents"),
        (body(), "documents"),
        (body(7), "documents[0]"),
        (body(None), "documents[0]"),
        (body({"text": 3}), "documents[0].text"),
        (body({"id": 3}), "documents[0].text"),
        ({"model": "m", "documents": ["x"]}, "query"),
        (body("x", query=""), "query"),
        (body("x", stream=True), "stream"),
        (body("x", collections=["kb"]), "documents"),
        (body("x", model=None), "model"),
    ],
)
def test_a_malformed_request_names_the_field(wrong, param):
    with pytest.raises(BadRequest) as caught:
        RERANK.parse(wrong)

    assert caught.value.param == param
