import asyncio

from gateway.activating import ActivePolicies
from gateway.api.auth import Keys
from gateway.api.policies import policies_router
from gateway.domain.principals import Principal, Role
from gateway.policy.loading import parse
from tests.api.routes import client, unnoted
from tests.recorded import recorded

KEY = {"authorization": "Bearer admin"}
KEYS = Keys(
    {
        "8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918": Principal(
            "admin", "acme", frozenset({Role.POLICY_ADMIN})
        )
    }
)
"""The key is `admin`."""
POLICIES = parse({"p.yaml": "version: 1\nrules:\n- {id: r, target: request, effect: flag}\n"}).policies


class Slow:
    """A record whose reading waits until it is let go."""

    def __init__(self):
        self.begun, self.go = asyncio.Event(), asyncio.Event()
        self.loop = asyncio.get_running_loop()

    def count(self, span):
        return 1

    def pages(self, span):
        self.loop.call_soon_threadsafe(self.begun.set)
        asyncio.run_coroutine_threadsafe(self.go.wait(), self.loop).result(5)
        yield [recorded()]


class Unknown:
    def files(self, digest):
        return None

    def history(self, *, limit, cursor=""):
        return [], ""


async def test_one_back_test_runs_at_a_time():
    async def activate():
        return POLICIES, False

    slow = Slow()
    router = policies_router(KEYS, ActivePolicies(POLICIES), activate, lambda: "", Unknown(), slow, unnoted(), 10_000)
    async with client(router) as http:
        first = asyncio.create_task(http.post("/api/v1/policies/backtest", json={}, headers=KEY))
        await slow.begun.wait()
        second = await http.post("/api/v1/policies/backtest", json={}, headers=KEY)
        slow.go.set()
        done = await first

    assert (second.status_code, second.json()["error"]["code"]) == (409, "backtest_running")
    assert (done.status_code, done.json()["responses"]) == (200, 1)
