import pytest

from gateway.dialects.chat import CHAT
from gateway.dialects.documents import DECLARED
from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest


def body(**more):
    return {"model": "m", "messages": [{"role": "user", "content": "Why?"}], **more}


def test_documents_of_several_forms_become_identified_chunks():
    request = CHAT.parse(
        body(
            documents=[
                "just text",
                {"title": "T", "text": "from vLLM"},
                {
                    "id": "hr/1",
                    "text": "own",
                    "source": "s3://kb/hr",
                    "score": 0.5,
                    "labels": {"classification": "internal"},
                },
            ]
        )
    )

    bare, titled, own = request.documents
    assert (bare.source, bare.document) == (DECLARED, bare.digest)
    assert (titled.document, titled.title) == ("T", "T")
    assert (own.source, own.document, own.score) == (Source("s3://kb", "hr"), "hr/1", 0.5)
    assert own.labels["classification"] == "internal"


def test_the_same_labels_are_one_object_and_numbers_are_told_from_truths():
    one, same, real, true = (
        CHAT.parse(body(documents=[{"text": "own", "labels": {"level": level}}])).documents[0].labels
        for level in (1, 1, 1.0, True)
    )

    assert one is same
    assert [labels["level"] for labels in (one, real, true)] == [1, 1.0, True]
    assert len({one, real, true}) == 3


def test_wrong_labels_are_told_where_they_stand():
    with pytest.raises(BadRequest) as told:
        CHAT.parse(body(documents=["first", {"text": "own", "labels": {"level": {}}}]))

    assert told.value.param == "documents[1].labels.level"
