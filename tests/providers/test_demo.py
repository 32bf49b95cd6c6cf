import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from gateway.dialects.chat import CHAT
from gateway.domain.chat import ChatRequest
from gateway.domain.errors import ProviderRefused
from gateway.domain.facts import Facts
from gateway.providers.demo import DemoProvider
from tests.providers.played import asking

DEMO = DemoProvider(name="demo")
DOCUMENTS = [
    {"id": "a", "title": "Refunds", "text": "Refunds take 14 days. Cats are nice."},
    {"id": "b", "title": "Parcels", "text": "Parcels take 3 days. A refund of a parcel takes 20 days."},
]


def placed(request: ChatRequest) -> ChatRequest:
    return request.with_context(request.documents)


async def answers(request: ChatRequest) -> list[dict]:
    return [delta.raw async for delta in DEMO.answer(request, "demo-model")]


async def whole_text(question: str, **fields) -> str:
    (body,) = await answers(placed(asking(question, **fields)))
    return body["choices"][0]["message"]["content"]


async def test_it_quotes_and_cites_and_says_what_it_is():
    text = await whole_text("How long do refunds take?", documents=DOCUMENTS)

    assert text == (
        "Extractive demo answer: Refunds take 14 days. [doc1] A refund of a parcel takes 20 days. [doc2] "
        "Parcels take 3 days. [doc2]"
    )


@pytest.mark.parametrize("fields", [{}, {"documents": DOCUMENTS}])
async def test_what_the_context_does_not_say_it_does_not_say(fields):
    text = await whole_text("Who is the pope?", **fields)

    assert text == "Extractive demo answer: The context does not answer this."


async def test_a_text_that_is_no_document_is_quoted_without_a_citation():
    request = CHAT.parse(
        {
            "model": "m",
            "messages": [{"role": "system", "content": "The code is blue."}, {"role": "user", "content": "Code?"}],
        }
    )

    (body,) = await answers(request)

    assert body["choices"][0]["message"]["content"] == "Extractive demo answer: The code is blue."


async def test_the_whole_answer_has_openais_shape():
    (body,) = await answers(placed(asking("How long do refunds take?", documents=DOCUMENTS, n=2)))

    parsed = ChatCompletion.model_validate(body, strict=True)
    assert parsed.id.startswith("chatcmpl-") and parsed.object == "chat.completion" and parsed.model == "demo-model"
    assert [choice.index for choice in parsed.choices] == [0, 1]
    assert {choice.finish_reason for choice in parsed.choices} == {"stop"}
    words = len(parsed.choices[0].message.content.split())
    assert parsed.usage.completion_tokens == 2 * words
    assert parsed.usage.total_tokens == parsed.usage.prompt_tokens + 2 * words
    assert body["usage"]["unit"] == "words"


async def test_the_stream_has_openais_shape():
    request = placed(asking("How long do refunds take?", documents=DOCUMENTS, stream=True, n=2))

    bodies = await answers(request)

    chunks = [ChatCompletionChunk.model_validate(body, strict=True) for body in bodies]
    assert {chunk.id for chunk in chunks} == {chunks[0].id}
    assert [chunk.choices[0].delta.role for chunk in chunks[:3]] == ["assistant", "assistant", None]
    assert [chunk.choices[0].finish_reason for chunk in chunks[-3:]] == [None, "stop", "stop"]
    assert not any("usage" in body for body in bodies)


async def test_the_stream_joins_to_the_whole_answer():
    fields = {"documents": DOCUMENTS, "n": 2}
    bodies = await answers(placed(asking("How long do refunds take?", stream=True, **fields)))

    texts = ["", ""]
    for body in bodies:
        choice = body["choices"][0]
        texts[choice["index"]] += choice["delta"].get("content", "")

    assert texts == [await whole_text("How long do refunds take?", **fields)] * 2


async def test_usage_comes_last_when_it_is_asked_for():
    bodies = await answers(asking("Code?", stream=True, stream_options={"include_usage": True}))

    assert bodies[-1]["choices"] == []
    assert bodies[-1]["usage"]["completion_tokens"] == 9  # words
    assert [body["usage"] for body in bodies[:-1]] == [None] * (len(bodies) - 1)


@pytest.mark.parametrize("n", [0, -1, 129, True, 1.5, "2"])
async def test_a_number_of_choices_that_makes_no_sense_is_refused(n):
    with pytest.raises(ProviderRefused) as caught:
        await answers(asking("Code?", n=n))

    assert (caught.value.status, caught.value.param) == (400, "n")


async def test_the_words_are_the_same_every_time_and_the_ids_are_not():
    request = placed(asking("How long do refunds take?", documents=DOCUMENTS))

    (one,), (other,) = await answers(request), await answers(request)

    assert one["choices"] == other["choices"]
    assert one["id"] != other["id"]


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
async def test_any_text_is_answered(question, documents):
    text = await whole_text(question, documents=documents)

    assert text.startswith("Extractive demo answer: ")


def test_nothing_leaves_the_process_and_the_facts_say_so():
    assert DEMO.facts == Facts(
        provider="demo", region="local", self_hosted=True, zero_retention=True, trains_on_data=False
    )
