import pytest

from gateway.dialects.messages import MESSAGES, TOKEN_COUNT
from gateway.domain.chat import Delta
from gateway.domain.errors import BadRequest, Forbidden


def body(**more: object) -> dict:
    return {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Why?"}], **more}


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ([], None),
        ({"messages": [{"role": "user", "content": "x"}]}, "model"),
        (body(messages="x"), "messages"),
        (body(messages=[]), "messages"),
        (body(messages=["x"]), "messages[0]"),
        (body(messages=[{"content": "x"}]), "messages[0]"),
        (body(stream="yes"), "stream"),
        (body(metadata={"user_id": 3}), "metadata.user_id"),
        (body(documents=[{"id": 1}]), "documents[0].text"),
    ],
)
def test_a_malformed_request_names_the_field(wrong, param):
    with pytest.raises(BadRequest) as caught:
        MESSAGES.parse(wrong)

    assert caught.value.param == param


def test_what_only_the_configuration_decides_is_forbidden():
    with pytest.raises(Forbidden):
        MESSAGES.parse(body(base_url="https://elsewhere"))


def test_every_string_but_the_model_is_a_text_of_its_kind():
    request = MESSAGES.parse(
        body(
            system=[{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}],
            messages=[
                {"role": "user", "content": "u"},
                {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {"q": "x"}}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "r"}]},
            ],
            tools=[{"name": "f", "description": "d", "input_schema": {"type": "object"}}],
            stop_sequences=["z"],
        )
    )

    assert [(text.kind, text.value) for text in request.texts if text.path[-1] != "id"] == [
        ("user", "u"),
        ("history", "f"),
        ("history", "q"),
        ("history", "x"),
        ("tool", "t"),
        ("tool", "r"),
        ("system", "s"),
        ("other", "f"),
        ("other", "d"),
        ("other", "z"),
    ]


def test_who_asks_and_what_is_declared_is_read():
    source = {"type": "text", "data": "Blue."}
    block = {"type": "document", "title": "Sky", "source": source}
    request = MESSAGES.parse(
        body(
            metadata={"user_id": "u1"},
            documents=[{"id": "own", "text": "Mine."}],
            messages=[{"role": "user", "content": [block, {"type": "text", "text": "Why?"}]}],
        )
    )

    assert request.end_user == "u1"
    assert [(chunk.document, chunk.in_place) for chunk in request.documents] == [("own", False), ("Sky", True)]
    assert "documents" not in request.raw


USE = {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]}
BACK = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "r"}]}
ASKED = {"role": "user", "content": [{"type": "text", "text": "Why?"}, {"type": "text", "text": "How?"}]}


@pytest.mark.parametrize(
    ("messages", "question", "at"),
    [
        ([ASKED], "Why?\nHow?", 0),
        ([ASKED, {"role": "assistant", "content": "So."}, {"role": "user", "content": "And?"}], "And?", 2),
        ([ASKED, USE, BACK], "Why?\nHow?", 0),
        ([{"role": "assistant", "content": "Hi"}], "", 0),
    ],
)
def test_the_question_is_the_last_that_the_user_wrote_and_context_goes_before_it(messages, question, at):
    request = MESSAGES.parse(body(messages=messages))

    raw, path = MESSAGES.with_message(request.raw, "context")

    assert request.question == question
    assert path == ("messages", at, "content")
    assert raw["messages"] == [*messages[:at], {"role": "user", "content": "context"}, *messages[at:]]


def test_a_thought_that_would_change_is_replaced_whole():
    thought = {"type": "thinking", "thinking": "secret", "signature": "s"}
    request = MESSAGES.parse(
        body(messages=[{"role": "assistant", "content": [thought, {"type": "text", "text": "a"}]}])
    )
    at = ("messages", 0, "content", 0)

    changed = request.with_texts({(*at, "thinking"): "<SECRET>", ("messages", 0, "content", 1, "text"): "b"})

    stand_in, said = changed.raw["messages"][0]["content"]
    assert (stand_in["type"], said["text"]) == ("text", "b")
    assert "thinking" not in stand_in


def test_a_count_of_tokens_is_an_answer_without_text():
    counted = {"input_tokens": 3, "novel": "words"}

    assert TOKEN_COUNT.is_answer(counted) and not TOKEN_COUNT.is_answer({"content": []})
    assert [fragment.text for fragment in TOKEN_COUNT.fragments(Delta(counted))] == ["words"]
    assert (TOKEN_COUNT.name, TOKEN_COUNT.path) == ("messages.count_tokens", "/messages/count_tokens")
