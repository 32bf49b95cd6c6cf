from gateway.dialects.chat import CHAT
from gateway.dialects.documents import DECLARED
from gateway.domain.documents import Source


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
