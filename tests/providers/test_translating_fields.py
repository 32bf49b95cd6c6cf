import pytest

from gateway.domain.errors import ProviderRefused
from gateway.providers.translating_fields import chat_fields, left_out, named

FIELDS = {"stream": named("stream"), "limit": named("max_completion_tokens"), "store": left_out}


def test_each_field_is_told_in_its_own_way():
    raw = {"model": "m", "limit": 7, "store": True, "stop": None}

    assert chat_fields(raw, {"model"}, FIELDS) == {"max_completion_tokens": 7}


def test_a_stream_tells_its_usage():
    assert chat_fields({"stream": True}, set(), FIELDS) == {"stream": True, "stream_options": {"include_usage": True}}
    assert chat_fields({"stream": False}, set(), FIELDS) == {"stream": False}


def test_a_field_without_translation_is_refused_by_its_name():
    with pytest.raises(ProviderRefused, match="seed") as caught:
        chat_fields({"limit": 7, "seed": 1}, set(), FIELDS)

    assert caught.value.status == 400
