from dataclasses import FrozenInstanceError

import pytest

from gateway.tracing.spans import WANTED, Span
from tests.tracing.exported import openinference


def test_prompts_and_answers_are_not_among_what_is_read():
    others = ["gen_ai.input.messages", "gen_ai.output.messages", "input.value", "llm.input_messages.0.message.content"]

    assert [name for name in others if name.startswith(WANTED)] == []
    assert [name for name in openinference({"id": "a"}) if not name.startswith(WANTED)] == ["input.value"]


def test_a_span_is_a_value():
    span = Span("1" * 32, "shop", {})

    with pytest.raises(FrozenInstanceError):
        span.service = "other"
    assert span == Span("1" * 32, "shop", {})
