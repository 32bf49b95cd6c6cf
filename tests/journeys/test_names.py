"""Names of people, found by a model in processes of its own, which may die, hang or be missing."""

import os
import signal
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from tests.journeys.house import House, serving
from tests.journeys.upstream import Upstream, Whole, completion, streamed

pytestmark = pytest.mark.slow

NAME = "Erika Mustermann"
RULES = """
version: 1
defaults: {unlabelled: internal, on_error: deny}
rules:
- id: nobody-is-named
  owner: privacy@example.com
  target: finding
  match: {finding.entity: PERSON, finding.where: {in: [prompt, chunk, response]}}
  effect: mask
  explain: "{finding.entity} found"
"""
TIMEOUT = 3.0
DETECTORS = [{"kind": "patterns"}, {"kind": "presidio", "pool": {"processes": 1, "timeout": TIMEOUT, "wait": True}}]


@pytest.fixture
def house(tmp_path, upstream_server: Upstream) -> Iterator[House]:
    upstream_server.requests.clear()
    upstream_server.says = [Whole(completion("ok"))]
    with serving(tmp_path, upstream_server, rules=RULES, detectors=DETECTORS) as house:
        yield house


def ask(house: House, text: str, **more) -> httpx.Response:
    body = {"model": "gpt", "messages": [{"role": "user", "content": text}], **more}
    return house.http.post("/v1/chat/completions", json=body)


def workers() -> list[psutil.Process]:
    found = psutil.Process().children(recursive=True)
    return [one for one in found if "gateway.detectors.worker" in one.cmdline()]


def test_a_name_is_masked_on_its_way_out_and_in_an_answer_that_streams(house: House):
    house.upstream.says = [streamed("It was Er", "ika Muster", "mann. She", " left.")]

    reply = ask(house, f"Who is {NAME}?", stream=True)

    assert house.upstream.requests[0]["messages"][0]["content"] == "Who is <PERSON>?"
    assert NAME not in reply.text
    assert "<PERSON>" in reply.text
    assert house.http.get("/readyz").json()["ner"] == "on"


def test_a_worker_that_dies_costs_nobody_a_name(house: House):
    """What is asked meanwhile is served by the next worker or refused with a reason, within the timeout."""
    replies = []
    for number in range(6):
        for worker in workers():
            worker.kill()
        started = time.monotonic()
        replies.append(ask(house, f"Question {number}: who is {NAME}?"))
        assert time.monotonic() - started < TIMEOUT + 2

    assert {reply.status_code for reply in replies} <= {200, 503}
    assert all(reply.json()["error"]["code"] == "guard_unavailable" for reply in replies if reply.status_code == 503)
    assert NAME not in str(house.upstream.requests)
    until = time.monotonic() + 30
    while ask(house, f"At last: who is {NAME}?").status_code != 200:
        assert time.monotonic() < until


def test_a_worker_that_hangs_is_not_waited_for_longer_than_the_timeout(house: House):
    for worker in workers():
        os.kill(worker.pid, signal.SIGSTOP)
    started = time.monotonic()

    reply = ask(house, f"Who is {NAME} to you?")

    assert time.monotonic() - started < TIMEOUT + 2
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "guard_unavailable")
    assert house.upstream.requests == []
