"""Behind an installed LiteLLM: what it hands over is judged and recorded, before the model and after it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from openai import APIStatusError, OpenAI

from tests.journeys.house import APP_KEY, SOC_KEY, House
from tests.journeys.upstream import Whole, completion, streamed

MAIL = "ann.miller@example.com"
MASK = "<EMAIL_ADDRESS>"
KEY = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6g7H8"
CALL = "0b9c1f1e-6f0b-4b0e-9d53-8a2f6f2d7c11"
PATH = "/beta/litellm_basic_guardrail_api"


def handed(house: House, kind: str = "request", **fields: object) -> httpx.Response:
    """Hand texts over as LiteLLM does, with the key in its own header."""
    body = {
        "input_type": kind,
        "litellm_call_id": CALL,
        "litellm_trace_id": None,
        "request_data": {"user_api_key_user_id": "user-7", "user_api_key_user_email": "who@example.com"},
        "request_headers": {"user-agent": "OpenAI/Python"},
        "litellm_version": "1.106.2",
        "additional_provider_specific_params": {},
        "model": "gpt-4o",
        **fields,
    }
    return httpx.post(f"{house.url}{PATH}", json=body, headers={"x-api-key": APP_KEY})


def test_texts_come_back_masked_and_in_order(house: House):
    messages = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": [{"type": "text", "text": f"Ask {MAIL}"}, {"type": "text", "text": "Now."}]},
    ]

    reply = handed(house, texts=["Be kind.", f"Ask {MAIL}", "Now."], structured_messages=messages)

    record = house.ended(reply.headers["x-lineward-response-id"])
    assert reply.json()["action"] == "GUARDRAIL_INTERVENED"
    assert reply.json()["texts"] == ["Be kind.", f"Ask {MASK}", "Now."]
    assert "structured_messages" not in reply.json()  # LiteLLM would take them instead of the texts
    assert [(found["place"], found["action"]) for found in record["findings"]] == [("texts[1]", "mask")]
    assert (record["model"], record["provider"], record["end_user"]) == ("gpt-4o", "litellm", "user-7")
    assert [segment["kind"] for segment in record["manifest"]] == ["system", "user", "user"]
    assert "who@example.com" not in json.dumps(record)
    assert MAIL.encode() not in b"".join(path.read_bytes() for path in house.folder.glob("lineward.db*"))


def test_texts_without_anything_in_them_come_back_as_they_were(house: House):
    reply = handed(house, texts=["Why?"])

    assert (reply.json()["action"], reply.json()["texts"]) == ("NONE", ["Why?"])


@pytest.mark.parametrize("kind", ["request", "response"])
def test_what_policies_refuse_is_blocked_with_their_sentence(house: House, kind: str):
    reply = handed(house, kind, texts=[f"The key is {KEY}"])

    record = house.ended(reply.headers["x-lineward-response-id"])
    assert (reply.status_code, reply.json()["action"]) == (200, "BLOCKED")
    assert "GITHUB_TOKEN found" in reply.json()["blocked_reason"]
    assert KEY not in reply.text
    assert record["decision"] == "denied"


def test_both_halves_of_a_call_are_joined_by_its_id(house: House):
    before = handed(house, texts=["Who can help?"])
    after = handed(house, "response", texts=[f"Ask {MAIL}."])

    prompt, answer = (house.ended(reply.headers["x-lineward-response-id"]) for reply in (before, after))
    assert after.json()["texts"] == [f"Ask {MASK}."]
    assert after.json()["action"] == "GUARDRAIL_INTERVENED"
    assert prompt["trace_id"] == answer["trace_id"] == CALL.replace("-", "")
    assert (prompt["question"], answer["answer"]) == ("Who can help?", f"Ask {MASK}.")
    assert [(found["where"], found["place"]) for found in answer["findings"]] == [("response", "texts[0]")]


def test_tools_come_back_masked(house: House):
    tool = {"type": "function", "function": {"name": "mail", "description": f"Writes to {MAIL}"}}

    reply = handed(house, texts=["Write."], tools=[tool])

    assert reply.json()["tools"][0]["function"]["description"] == f"Writes to {MASK}"


def test_a_call_in_the_history_is_masked_with_its_message(house: House):
    call = {"id": "c", "type": "function", "function": {"name": "mail", "arguments": json.dumps({"to": MAIL})}}
    messages = [{"role": "user", "content": "Write."}, {"role": "assistant", "content": None, "tool_calls": [call]}]

    reply = handed(house, texts=["Write."], structured_messages=messages, tool_calls=[call])

    told = reply.json()["structured_messages"][1]["tool_calls"][0]["function"]["arguments"]
    assert reply.json()["action"] == "GUARDRAIL_INTERVENED"
    assert json.loads(told) == {"to": MASK}


@pytest.mark.parametrize("kind", ["request", "response"])
def test_what_litellm_cannot_change_is_blocked_when_it_must_change(house: House, kind: str):
    call = {"id": "c", "type": "function", "function": {"name": "mail", "arguments": json.dumps({"to": MAIL})}}

    reply = handed(house, kind, texts=["Write."], tool_calls=[call])

    record = house.ended(reply.headers["x-lineward-response-id"])
    assert reply.json()["action"] == "BLOCKED"
    assert MAIL not in reply.text
    assert record["decision"] == "denied"


def test_a_stream_is_asked_to_hold_back_what_may_go_on(house: House):
    reply = handed(house, "response", texts=["Ask ann.mil"])

    assert reply.json()["stream_holdback_chars"] == [len("ann.mil")]


def test_a_model_of_the_same_name_is_judged_with_its_providers_facts(house: House):
    reply = handed(house, texts=["Why?"], model="local")

    assert house.ended(reply.headers["x-lineward-response-id"])["region"] == "eu"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"input_type": "both"}, "input_type"),
        ({"texts": "x"}, "texts"),
        ({"texts": [1]}, "texts"),
        ({"structured_messages": [1]}, "structured_messages"),
        ({"request_data": []}, None),
        ({"request_data": [1]}, "request_data"),
    ],
)
def test_a_body_of_another_shape_is_refused_with_the_field(house: House, fields: dict, param: str | None):
    reply = handed(house, **{"texts": ["x"], **fields})

    assert reply.status_code == (400 if param else 200)
    assert reply.json().get("error", {}).get("param") == param


def test_it_needs_a_key(house: House):
    assert httpx.post(f"{house.url}{PATH}", json={"input_type": "request"}).status_code == 401


PROXY = """
model_list:
  - model_name: gpt
    litellm_params: {model: openai/played, api_base: os.environ/UPSTREAM_URL, api_key: sk-upstream}
guardrails:
  - guardrail_name: lineward
    litellm_params:
      guardrail: generic_guardrail_api
      mode: [pre_call, post_call]
      default_on: true
      api_base: os.environ/LINEWARD_URL
      api_key: os.environ/LINEWARD_KEY
      unreachable_fallback: fail_closed
      streaming_transform_mode: incremental_diff
litellm_settings: {telemetry: false}
general_settings: {master_key: sk-proxy}
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def litellm_command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A LiteLLM proxy from the package index, in an environment of its own."""
    folder = tmp_path_factory.mktemp("litellm")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True, timeout=120)
    python = folder / "venv" / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "litellm[proxy]"],
        check=True, timeout=900,
    )  # fmt: skip
    return python.with_name("litellm")


@contextmanager
def listening(command: list[str], port: int, environment: dict[str, str], folder: Path) -> Iterator[None]:
    """Run the proxy while the block lasts; what it says is in a file of *folder*."""
    said = folder / "proxy.log"
    with said.open("wb") as log:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 120
            while not answers(f"http://127.0.0.1:{port}/health/liveliness"):
                assert process.poll() is None and time.monotonic() < until, said.read_text()
                time.sleep(0.2)
            yield
        finally:
            process.terminate()
            process.wait(30)


def answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def proxy(litellm_command: Path, house_of_all: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenAI]:
    folder = tmp_path_factory.mktemp("proxy")
    path = folder / "config.yaml"
    path.write_text(PROXY)
    port = free_port()
    environment = {
        **os.environ,
        "UPSTREAM_URL": house_of_all.upstream.url,
        "LINEWARD_URL": house_of_all.url,
        "LINEWARD_KEY": APP_KEY,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "NO_PROXY": "127.0.0.1",
    }
    command = [str(litellm_command), "--config", str(path), "--host", "127.0.0.1", "--port", str(port)]
    with (
        listening(command, port, environment, folder),
        OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="sk-proxy", max_retries=0) as client,
    ):
        yield client


def asked(proxy: OpenAI, house: House, mode: str, text: str, *pieces: str) -> str:
    """Return what the model says through both gateways when asked *text*."""
    house.upstream.says = [Whole(completion("".join(pieces))) if mode == "whole" else streamed(*pieces)]
    reply = proxy.chat.completions.create(
        model="gpt", messages=[{"role": "user", "content": text}], stream=mode == "stream"
    )
    if mode == "whole":
        return reply.choices[0].message.content
    with reply as events:
        return "".join(choice.delta.content or "" for event in events for choice in event.choices)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_real_litellm_sends_and_tells_what_lineward_has_left(proxy: OpenAI, house: House, mode: str):
    """Installed from the package index by this test; without one it fails."""
    text = asked(proxy, house, mode, f"Who is {MAIL}?", "Write to joe@exam", "ple.com ", "to ask.")

    sent = house.upstream.requests[-1]["messages"][-1]["content"]
    assert sent == f"Who is {MASK}?"
    assert text == f"Write to {MASK} to ask."


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_real_litellm_refuses_what_lineward_blocks(proxy: OpenAI, house: House, mode: str):
    house.upstream.requests.clear()

    with pytest.raises(APIStatusError) as caught:
        asked(proxy, house, mode, f"The key is {KEY}", "never")

    assert "GITHUB_TOKEN found" in caught.value.message
    assert house.upstream.requests == []
    newest = house.http.get("/api/v1/responses", headers={"authorization": f"Bearer {SOC_KEY}"}).json()["data"][0]
    assert (newest["decision"], newest["model"]) == ("denied", "gpt")
