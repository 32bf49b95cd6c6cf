import pytest

from gateway.dialects.chat import CHAT
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import BadRequest


def body(**more):
    return {"model": "m", "messages": [{"role": "user", "content": "Why?"}], **more}


def chunk(text: str, name: str = "a.md") -> Chunk:
    return Chunk(Source("file", "kb"), name, "sha256:00", 0, text, How.DECLARED)


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ([], None),
        ({"messages": [{"role": "user", "content": "x"}]}, "model"),
        (body(model=3), "model"),
        (body(messages="x"), "messages"),
        (body(messages=[]), "messages"),
        (body(messages=["x"]), "messages[0]"),
        (body(stream="yes"), "stream"),
        (body(documents={}), "documents"),
        (body(documents=[{"id": 1}]), "documents[0].text"),
        (body(documents=[{"text": "x", "labels": {"a": {}}}]), "documents[0].labels.a"),
        (body(documents=[{"text": "x", "score": "high"}]), "documents[0].score"),
        (body(collections="kb"), "collections"),
        (body(data_sources=[{"type": "lineward"}]), "data_sources[0].parameters.collection"),
        (body(lineward=[]), "lineward"),
    ],
)
def test_a_malformed_request_names_the_field(wrong, param):
    with pytest.raises(BadRequest) as caught:
        CHAT.parse(wrong)

    assert caught.value.param == param
    assert caught.value.message


def test_every_string_but_the_model_is_a_text_to_be_judged():
    request = CHAT.parse(
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": "s"},
                {"role": "user", "content": [{"type": "text", "text": "u"}]},
                {"role": "assistant", "tool_calls": [{"function": {"arguments": "{}"}}]},
                {"role": "tool", "content": "t"},
            ],
            "metadata": {"deep": ["x"]},
        }
    )

    values = {(text.kind, text.value) for text in request.texts}
    assert {("system", "s"), ("user", "u"), ("history", "{}"), ("tool", "t"), ("other", "x")} <= values


def test_context_goes_before_the_last_user_message_as_the_users_words():
    request = CHAT.parse(
        body(messages=[{"role": "system", "content": "s"}, {"role": "user", "content": "Why?"}])
    ).with_context([chunk("Because.")])

    roles = [message["role"] for message in request.raw["messages"]]
    assert roles == ["system", "user", "user"]
    assert "Because." in request.raw["messages"][1]["content"]
