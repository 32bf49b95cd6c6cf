"""Answers name their documents, in the words of whoever brought them."""

from openai.types.chat import ChatCompletion, ChatCompletionChunk

from tests.journeys.house import House
from tests.journeys.upstream import Whole, completion, streamed

QUESTION = [{"role": "user", "content": "How long may I return a toaster?"}]
ANSWER = ("Thirty days ", "[doc1], by post [doc2].")
DOCUMENTS = [
    {"id": "returns.md", "text": "Toasters may be returned for thirty days.", "url": "https://kb.example/returns"},
    {"id": "secret.md", "text": "Nobody checks.", "labels": {"classification": "confidential"}},
    {"id": "post.md", "text": "Returns go by post; write to desk@kb.example.", "title": "Post"},
]


def ask(house: House, mode: str, **more) -> list:
    """Return everything that came: one body, or the events."""
    house.upstream.says = [Whole(completion("".join(ANSWER))) if mode == "whole" else streamed(*ANSWER)]
    reply = house.client.chat.completions.create(
        model="gpt", messages=QUESTION, stream=mode == "stream", extra_body=more
    )
    return [reply] if isinstance(reply, ChatCompletion) else list(reply)


def said(answer: list, name: str):
    """Return what the answer says under *name* of a message, in whichever event."""
    for one in answer:
        for choice in one.choices:
            message = choice.message if isinstance(one, ChatCompletion) else choice.delta
            if getattr(message, name, None):
                return getattr(message, name)
    return None


def test_declared_documents_are_cited_as_annotations_and_a_dropped_one_is_not(house: House, mode: str):
    answer = ask(house, mode, documents=DOCUMENTS)

    annotations = said(answer, "annotations")
    cited = [one["url_citation"] if isinstance(one, dict) else one.url_citation.model_dump() for one in annotations]
    assert [one["url"] for one in cited] == ["https://kb.example/returns", "lineward/declared/post.md"]
    assert "Nobody checks" not in str(house.upstream.requests[0])


def test_coheres_form_is_answered_in_coheres_form(house: House, mode: str):
    documents = [
        {"id": "1", "data": {"text": "Thirty days.", "title": "Returns"}},
        {"id": "2", "data": {"snippet": "By post."}},
    ]

    citations = said(ask(house, mode, documents=documents), "citations")

    assert [one["sources"][0]["document"]["text"] for one in citations] == ["Thirty days.", "By post."]
    assert citations[0]["text"] == "Thirty days"


def test_a_caller_who_asks_for_it_is_told_the_lineage(house: House, mode: str):
    answer = ask(house, mode, documents=DOCUMENTS, lineward={"include": ["lineage"]})

    assert all(isinstance(one, ChatCompletion | ChatCompletionChunk) for one in answer)
    lineage = answer[-1].lineward
    assert [(one["document"], one["state"], one.get("rule")) for one in lineage["chunks"]] == [
        ("returns.md", "sent", None),
        ("secret.md", "dropped", "confidential-stays-in-house"),
        ("post.md", "masked", "pii-is-masked"),
    ]
    assert lineage["decision"] == "masked,dropped:1"
    assert lineage["findings"] == [{"entity": "EMAIL_ADDRESS", "where": "chunk", "action": "mask", "count": 1}]
    assert "kb.example" not in str(lineage["findings"])
