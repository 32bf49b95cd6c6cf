"""What LiteLLM is told; the endpoint itself is tried in tests/journeys/test_guardrail.py."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.guardrail import GuardrailFraming, _can_be_told, _reply
from gateway.dialects.guardrail import PROMPT
from gateway.domain.errors import BadRequest, PolicyViolation


def test_a_policys_refusal_is_a_reply_and_anything_else_an_error():
    framing = GuardrailFraming()

    blocked = json.loads(framing.refusal(PolicyViolation("No.", rules=())))
    wrong = json.loads(framing.refusal(BadRequest("What?")))

    assert blocked == {"action": "BLOCKED", "blocked_reason": "No."}
    assert wrong["error"]["message"] == "What?"


def test_nothing_changed_is_no_action():
    raw = {"texts": ["a "], "tools": [{"type": "function"}]}

    assert _reply(raw, raw) == {"action": "NONE", "texts": ["a "], "stream_holdback_chars": [0]}


def test_rows_come_back_with_the_new_texts_when_anything_else_in_them_changed():
    row = {"role": "user", "content": "old", "name": "secret"}
    body = {"input_type": "request", "texts": ["old"], "structured_messages": [row]}
    raw = PROMPT.parse(body).raw
    (row,) = raw["structured_messages"]

    reply = _reply(raw, {"texts": ["new"], "structured_messages": [{**row, "name": "<X>"}]})

    assert reply["action"] == "GUARDRAIL_INTERVENED"
    assert reply["structured_messages"] == [{"role": "user", "content": "new", "name": "<X>"}]


@pytest.mark.parametrize("name", ["tool_calls", "images", "novel"])
def test_a_change_that_litellm_does_not_take_cannot_be_told(name: str):
    assert _can_be_told({"texts": ["a"], name: ["x"]}, {"texts": ["b"], name: ["x"]})
    assert not _can_be_told({"texts": ["a"], name: ["x"]}, {"texts": ["a"], name: ["y"]})


@given(st.lists(st.text()))
def test_no_text_is_held_back_longer_than_it_is(texts: list[str]):
    held = _reply({"texts": texts}, {"texts": texts})["stream_holdback_chars"]

    assert all(0 <= count <= len(text) for count, text in zip(held, texts, strict=True))
