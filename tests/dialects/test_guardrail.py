import pytest

from gateway.dialects.guardrail import ANSWER, PROMPT, UNNAMED, mentions
from gateway.domain.chat import Delta
from gateway.domain.errors import BadRequest
from gateway.domain.findings import Where

CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": "b"}'}}


def body(kind: str = "request", **more: object) -> dict:
    return {"input_type": kind, "request_data": {}, **more}


def test_each_text_is_judged_once_and_as_what_its_message_is():
    messages = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": [{"type": "text", "text": "u"}]},
        {"role": "tool", "tool_call_id": "c", "content": "t"},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
    ]
    request = PROMPT.parse(body(texts=["s", "u", "t"], structured_messages=messages, tool_calls=[CALL]))

    found = [(text.path[0], text.kind, text.value) for text in request.texts]
    assert found[:3] == [("texts", "system", "s"), ("texts", "user", "u"), ("texts", "tool", "t")]
    assert [value for _, _, value in found].count('{"a": "b"}') == 1
    assert ("structured_messages", "history", '{"a": "b"}') in found
    assert request.question == "u"


def test_pictures_and_tools_are_judged():
    picture = "data:image/png;base64,AAAA"
    request = PROMPT.parse(body(texts=["u"], images=[picture], tools=[{"type": "function", "description": "d"}]))

    assert {("binary", picture), ("other", "d")} <= {(text.kind, text.value) for text in request.texts}


def test_what_tells_about_the_call_is_neither_judged_nor_kept():
    about = {"user_api_key_user_id": "u7", "user_api_key_user_email": "a@b.io"}
    request = PROMPT.parse(body(texts=["u"], request_data=about, request_headers={"x": "y"}, litellm_version="1"))

    assert (request.raw, request.end_user) == ({"texts": ["u"]}, "u7")


def test_the_person_behind_the_application_comes_first():
    about = {"user_api_key_user_id": "u7", "user_api_key_end_user_id": "e9"}

    assert PROMPT.parse(body(texts=[], request_data=about)).end_user == "e9"


def test_an_answer_is_judged_as_one():
    request = PROMPT.parse(body("response", texts=["a"], tool_calls=[CALL]))

    found = ANSWER.fragments(Delta(request.raw))
    assert request.dialect is ANSWER and list(request.texts) == []
    assert (found[0].text, found[0].where, found[0].grows) == ("a", Where.RESPONSE, False)
    arguments = next(one for one in found if one.text == '{"a": "b"}')
    assert (arguments.where, arguments.is_json) == (Where.TOOL_CALL, True)


def test_a_prompt_on_its_way_back_is_not_judged_again():
    assert PROMPT.fragments(Delta({"texts": ["a"]})) == []


@pytest.mark.parametrize("call", ["0b9c1f1e-6f0b-4b0e-9d53-8a2f6f2d7c11", "call-7"])
def test_both_halves_of_a_call_share_their_trace_and_conversation(call: str):
    halves = [PROMPT.parse(body(kind, texts=["a"], litellm_call_id=call)) for kind in ("request", "response")]

    assert len({half.trace_id for half in halves}) == 1
    assert len(halves[0].trace_id) == 32 and int(halves[0].trace_id, 16)
    assert {half.conversation for half in halves} == {call}


def test_without_a_model_it_has_a_name_of_its_own():
    assert PROMPT.parse(body(texts=["a"])).model == UNNAMED


def test_what_is_said_twice_is_kept_once():
    messages = [{"role": "user", "content": "u"}, {"role": "assistant", "content": None, "tool_calls": [CALL]}]
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    messages.append({"role": "user", "content": [picture, {"type": "text", "text": "v"}]})
    sent = body(texts=["u", "v"], structured_messages=messages, tool_calls=[{**CALL, "index": 0}],
                images=[picture["image_url"]["url"], "https://example.com/x.png"])  # fmt: skip

    raw = PROMPT.parse(sent).raw

    assert (raw["tool_calls"], raw["images"]) == ([], ["https://example.com/x.png"])
    assert list(mentions(raw["structured_messages"])) == [((0, "content"), 0), ((2, "content", 1, "text"), 1)]


def test_a_caller_who_mentions_a_text_that_is_not_there_is_refused():
    with pytest.raises(BadRequest) as caught:
        PROMPT.parse(body(texts=["u"], structured_messages=[{"role": "user", "content": [{"text": 7}]}]))

    assert caught.value.param == "structured_messages"
