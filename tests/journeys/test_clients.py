"""Clients that know nothing of Lineward: curl and LangChain (the OpenAI SDK stands in every other journey)."""

import functools
import json
import operator
import shutil
import subprocess

import pytest
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

from tests.journeys.house import APP_KEY, House
from tests.journeys.test_chat import TOOL_CALL
from tests.journeys.upstream import Stream, Whole, chunk, completion, streamed


def langchain(house: House) -> ChatOpenAI:
    return ChatOpenAI(model="gpt", base_url=f"{house.url}/v1", api_key=APP_KEY, max_retries=0)


@tool
def look_up(city: str) -> str:
    """Look something up."""
    return city


def test_langchain_asks_and_gets_a_whole_answer(house: House):
    house.upstream.says = [Whole(completion("Blue."))]

    answer = langchain(house).invoke("What colour?")

    assert answer.content == "Blue."
    assert answer.usage_metadata["total_tokens"] == 8


def test_langchain_streams(house: House):
    house.upstream.says = [streamed("Bl", "ue", ".")]

    pieces = list(langchain(house).stream("What colour?"))

    assert "".join(piece.content for piece in pieces) == "Blue."


@pytest.mark.parametrize("streaming", [False, True])
def test_langchain_calls_tools(house: House, streaming: bool):
    first = {"role": "assistant", "tool_calls": [{**TOOL_CALL, "index": 0}]}
    model = langchain(house).bind_tools([look_up])

    if streaming:
        house.upstream.says = [Stream([chunk(first), chunk({}, "tool_calls")])]
        answer = functools.reduce(operator.add, model.stream("Where?"))
    else:
        house.upstream.says = [Whole(completion(None, tool_calls=[TOOL_CALL]))]
        answer = model.invoke("Where?")

    assert [(call["name"], call["args"]) for call in answer.tool_calls] == [("look_up", {"city": "Bern"})]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed on this machine")
@pytest.mark.parametrize("stream", [False, True])
def test_curl_gets_what_openai_would_have_sent(house: House, stream: bool):
    house.upstream.says = [streamed("Bl", "ue.") if stream else Whole(completion("Blue."))]
    body = json.dumps({"model": "gpt", "stream": stream, "messages": [{"role": "user", "content": "?"}]})

    done = subprocess.run(
        ["curl", "-sS", "-N", "-i", f"{house.url}/v1/chat/completions", "-H", f"Authorization: Bearer {APP_KEY}",
         "-H", "Content-Type: application/json", "-d", body],
        capture_output=True, text=True, check=True, timeout=30,
    )  # fmt: skip

    head, _, rest = done.stdout.partition("\n\n")
    assert "x-lineward-response-id: " in head
    if stream:
        assert rest.rstrip().endswith("data: [DONE]")
    else:
        assert json.loads(rest)["choices"][0]["message"]["content"] == "Blue."
