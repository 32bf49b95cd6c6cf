"""What the endpoint adds to a search; searches over HTTP stand in tests/journeys/test_endpoints.py."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from gateway.api.auth import Keys
from gateway.api.endpoint import Endpoint
from gateway.api.framing import ChoicesFraming
from gateway.api.metrics import Metrics
from gateway.api.vector_stores import VectorStores
from gateway.dialects.vector_stores import SearchDialect
from gateway.domain.chat import ChatRequest, Delta, Search
from gateway.domain.principals import Principal, Role
from gateway.lineage.recorder import Head
from tests.journeys.house import sha256

KEY = "lw-key"


@dataclass
class Answering:
    """Remembers what it is asked, and has nothing to say."""

    asked: list[ChatRequest] = field(default_factory=list)

    async def run(self, request: ChatRequest, principal: Principal) -> AsyncGenerator[Head | Delta, None]:
        self.asked.append(request)
        raise RuntimeError
        yield Delta({})


async def test_the_collection_of_the_path_is_searched():
    answering = Answering()
    keys = Keys({sha256(KEY): Principal("bot", "acme", frozenset({Role.APP}))})
    endpoint = Endpoint(SearchDialect(""), ChoicesFraming, keys, answering, Metrics(), frozenset(), 1000)
    scope = {
        "type": "http",
        "headers": [(b"authorization", f"Bearer {KEY}".encode())],
        "path_params": {"collection": "kb"},
    }
    sent: list[dict] = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b'{"query": "q"}', "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    await VectorStores(endpoint)(scope, receive, send)

    assert answering.asked[0].searches == (Search("kb", 10),)
    assert sent[0]["status"] == 500
