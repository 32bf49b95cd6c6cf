from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
import yaml

from gateway.app import application_of, build
from gateway.domain.errors import ConfigurationError, GuardUnavailable
from gateway.domain.findings import Finding
from gateway.domain.runs import RunState
from gateway.settings import load
from tests.journeys.house import APP_KEY, configuration


def built(folder: Path, **changes: object):
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(configuration(folder, "http://127.0.0.1:9/v1", **changes)))
    return build(load(path, {"UPSTREAM_KEY": "sk"}))


async def test_what_is_loaded_is_told_by_readiness(tmp_path: Path):
    gateway = built(tmp_path)
    front = application_of(gateway)
    transport = httpx.ASGITransport(front)
    async with (
        front.app.router.lifespan_context(front.app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as http,
    ):
        ready = (await http.get("/readyz")).json()
        described = (await http.get("/openapi.json")).json()

    assert ready["policy"]["digest"] == gateway.policies.current.digest
    assert len(ready["detectors"]) == 2 and ready["providers"] == ["outside", "house"]
    assert {"/v1/chat/completions", "/v1/models", "/readyz"} <= set(described["paths"])


async def test_the_active_policies_are_an_event_in_the_log(tmp_path: Path):
    gateway = built(tmp_path)
    await gateway.start()
    stats = gateway.ledger.stats()
    await gateway.stop()

    assert stats.events == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"detectors": [{"kind": "pattern"}]},
        {"detectors": [{"kind": "patterns", "entitys": ["US_SSN"]}]},
        {"policies": {"path": "/nowhere"}},
        {"collections": [{"name": "kb", "croma": {"path": "x"}}]},
    ],
)
def test_what_cannot_be_built_is_told_before_anything_is_served(tmp_path: Path, changes: dict):
    with pytest.raises(ConfigurationError) as caught:
        built(tmp_path, **changes)

    assert str(caught.value)


@dataclass
class DeadDetector:
    """A guard that cannot look."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        raise GuardUnavailable("The detector's process has died.")

    find_once = find


@pytest.mark.parametrize("stream", [False, True])
async def test_a_detector_that_fails_is_a_503_and_the_provider_is_not_called(tmp_path: Path, stream: bool):
    gateway = built(tmp_path)
    front = application_of(replace(gateway, pipeline=replace(gateway.pipeline, detector=DeadDetector())))
    body = {"model": "gpt", "stream": stream, "messages": [{"role": "user", "content": "x"}]}
    transport = httpx.ASGITransport(front)
    async with front.app.router.lifespan_context(front.app), httpx.AsyncClient(transport=transport) as http:
        key = {"authorization": f"Bearer {APP_KEY}"}
        reply = await http.post("http://test/v1/chat/completions", json=body, headers=key)
        record = gateway.ledger.response(reply.headers["x-lineward-response-id"], None)

    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "guard_unavailable")
    assert record is not None
    assert (record.state, record.attempts, record.error) == (RunState.FAIL, (), "guard_unavailable")
