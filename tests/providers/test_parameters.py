import inspect

import pytest

from gateway.domain.errors import ProviderRefused
from gateway.providers.parameters import PASSED, parameters

MESSAGES = [{"role": "user", "content": "q"}]


def refused(**fields) -> ProviderRefused:
    with pytest.raises(ProviderRefused) as caught:
        parameters({"model": "m", "messages": MESSAGES, **fields})
    assert (caught.value.status, caught.value.code) == (400, "unsupported_parameter")
    return caught.value


OPTIONS = [
    "api_base",
    "base_url",
    "api_key",
    "api_version",
    "model_list",
    "mock_response",
    "fallbacks",
    "custom_llm_provider",
    "litellm_metadata",
    "extra_headers",
    "extra_body",
    "headers",
    "timeout",
    "num_retries",
    "caching",
    "prompt_id",
    "deployment_id",
    "shared_session",
    "client",
    "allowed_openai_params",
    "drop_params",
    "azure_ad_token",
    "aws_role_name",
    "_skip_mcp_handler",
    "guardrails",
    "enable_json_schema_validation",
    "brand_new_parameter",
]


@pytest.mark.parametrize("name", OPTIONS)
def test_no_option_of_the_library_can_be_set_by_a_body(name):
    assert refused(**{name: "x"}).param == name


def test_openais_parameters_are_passed():
    raw = {
        "model": "m",
        "messages": [{"role": "user", "content": "q"}],
        "temperature": 0.5,
        "stop": ["a"],
        "seed": None,
    }

    passed = parameters(raw)

    assert passed == {"messages": MESSAGES, "temperature": 0.5, "stop": ["a"]}


def test_metadata_is_neither_passed_nor_missed():
    assert parameters({"model": "m", "messages": MESSAGES, "metadata": {"tag": "x"}}) == {"messages": MESSAGES}


def test_stream_options_go_with_a_stream_only():
    options = {"include_usage": True}

    assert "stream_options" not in parameters({"messages": MESSAGES, "stream": False, "stream_options": options})
    assert parameters({"messages": MESSAGES, "stream": True, "stream_options": options})["stream_options"] == options


@pytest.mark.parametrize("tool", [{"type": "mcp"}, {"type": "function", "server_url": "http://x/mcp/y"}])
def test_tools_on_other_servers_are_refused(tool):
    assert refused(tools=[{"type": "function", "function": {"name": "f"}}, tool]).param == "tools[1]"


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "http://169.254.169.254/latest"}},
        {"type": "image_url", "image_url": "https://example.com/a.png"},
        {"type": "image_url", "image_url": {"url": "/etc/passwd"}},
        {"type": "image_url", "image_url": {"url": " HTTP://example.com"}},
        {"type": "file", "file": {"file_id": "https://example.com/a.pdf"}},
        {"type": "file", "file": {"file_data": "https://example.com/a.pdf"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
        {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
    ],
)
def test_media_that_would_have_to_be_fetched_are_refused_with_their_place(part):
    error = refused(messages=[{"role": "user", "content": [{"type": "text", "text": "see"}, part]}])

    assert error.param.startswith("messages[0].content[1].")
    assert "example.com" not in error.message


def test_media_outside_of_the_content_are_refused_too():
    assert (
        refused(messages=[{"role": "user", "content": "see", "images": ["http://x"]}]).param == "messages[0].images[0]"
    )


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]},
        {"role": "user", "content": [{"type": "file", "file": {"file_id": "file-abc_123"}}]},
        {"role": "user", "content": "see https://example.com"},
        {"role": "assistant", "content": "a", "annotations": [{"url_citation": {"url": "https://example.com"}}]},
    ],
)
def test_what_travels_along_is_passed(message):
    assert parameters({"messages": [message]}) == {"messages": [message]}


def test_every_passed_parameter_is_documented_by_litellm():
    """Any other name would be taken for one of litellm's own options."""
    from gateway.providers.litellm import _library

    named = inspect.signature(inspect.unwrap(_library().acompletion)).parameters

    assert set(named) >= PASSED
