from pathlib import Path

import httpx
import pytest
import yaml

from gateway.app import application_of, build
from gateway.domain.errors import ConfigurationError
from gateway.settings import load
from tests.journeys.house import configuration


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
