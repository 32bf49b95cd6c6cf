import json

import httpx
import pytest

from gateway.api.endpoint import Endpoint
from gateway.api.framing import ChoicesFraming
from gateway.api.metrics import Metrics
from gateway.dialects.chat import CHAT
from gateway.domain.chat import ChatRequest, Delta
from tests.api.routes import APP, KEYS
from tests.api.test_reply import HEAD


class Pipeline:
    """Remembers what it was asked and says one thing."""

    def __init__(self) -> None:
        self.asked: list[ChatRequest] = []

    async def run(self, request: ChatRequest, principal):
        self.asked.append(request)
        yield HEAD
        yield Delta({"id": "c"}, b'{"id":"c"}')


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline()


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def http(pipeline: Pipeline, metrics: Metrics):
    endpoint = Endpoint(CHAT, ChoicesFraming, KEYS, pipeline, metrics, frozenset({"kb"}), 1_000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(endpoint), base_url="http://test") as client:
        yield client


BODY = {"model": "m1", "messages": [{"role": "user", "content": "x"}]}


async def test_the_request_is_handed_over_with_its_digest_and_trace(http, pipeline):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    reply = await http.post("/", json=BODY, headers={**APP, "traceparent": f"00-{trace}-00f067aa0ba902b7-01"})

    assert reply.content == b'{"id":"c"}'
    assert pipeline.asked[0].trace_id == trace
    assert pipeline.asked[0].digest.startswith("sha256:")


async def test_the_betas_that_it_asks_for_go_with_the_request_one_by_one(http, pipeline):
    await http.post("/", json=BODY, headers={**APP, "anthropic-beta": "context-1m-2025-08-07, a.b ,c d,,"})

    assert pipeline.asked[0].betas == ("context-1m-2025-08-07", "a.b")


@pytest.mark.parametrize("header", ["junk", "00-short-1-01", "00-" + "-" * 32 + "-1-01"])
async def test_a_broken_traceparent_is_no_trace(http, pipeline, header):
    await http.post("/", json=BODY, headers={**APP, "traceparent": header})

    assert pipeline.asked[0].trace_id == ""


async def test_replies_are_counted_with_their_code(http, metrics):
    await http.post("/", json=BODY, headers=APP)
    await http.post("/", content=b"{", headers=APP)
    await http.post("/", content=json.dumps({**BODY, "x": "y" * 2000}), headers=APP)
    await http.post("/", json=BODY)

    counted = metrics.expose(queued=0, healthy=True).decode()
    for status, code in ((200, ""), (400, "invalid_json"), (413, "request_too_large"), (401, "missing_api_key")):
        assert f'code="{code}",endpoint="chat.completions",status="{status}"}} 1.0' in counted
