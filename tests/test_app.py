from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from gateway.app import application_of, create_app
from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding
from gateway.domain.principals import Principal
from gateway.domain.runs import RunState
from gateway.stores.erasing import Eraser
from gateway.stores.leftovers import Leftovers
from gateway.stores.opening import open_store
from tests.journeys.house import APP_KEY
from tests.stores.material import run
from tests.test_building import built, under
from tests.waiting import eventually


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
    assert len(ready["detectors"]) == 2 and ready["providers"] == ["outside", "house", "inside"]
    assert {"/v1/chat/completions", "/v1/models", "/readyz"} <= set(described["paths"])


@dataclass
class DeadDetector:
    """A guard that cannot look."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        raise GuardUnavailable("The detector's process has died.")

    by_sentence = False

    def under(self, policies):
        return self

    @property
    def answering(self):
        return self


@pytest.mark.parametrize("stream", [False, True])
async def test_a_detector_that_fails_is_a_503_and_the_provider_is_not_called(tmp_path: Path, stream: bool):
    gateway = built(tmp_path)
    front = application_of(replace(gateway, pipeline=replace(gateway.pipeline, detector=DeadDetector(), guards={})))
    body = {"model": "gpt", "stream": stream, "messages": [{"role": "user", "content": "x"}]}
    transport = httpx.ASGITransport(front)
    async with front.app.router.lifespan_context(front.app), httpx.AsyncClient(transport=transport) as http:
        key = {"authorization": f"Bearer {APP_KEY}"}
        reply = await http.post("http://test/v1/chat/completions", json=body, headers=key)
        record = gateway.ledger.response(reply.headers["x-lineward-response-id"], None)

    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "guard_unavailable")
    assert record is not None
    assert (record.state, record.attempts, record.error) == (RunState.FAIL, (), "guard_unavailable")


async def test_a_rule_in_shadow_that_nothing_meets_is_warned_of_and_told_by_readiness(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    rule = "match: {finding.entity: PERSON}, effect: mask, mode: shadow"
    gateway = under(tmp_path, rule)
    await gateway.start()
    await gateway.stop()

    create_app(gateway.settings)

    assert "rule 'r', in shadow, has no effect: no detector" in caplog.text
    assert gateway.loaded()["unfound"] == {"r": ["PERSON"]}
    assert gateway.loaded()["ner"] == "off"


async def test_no_variable_of_the_environment_makes_the_framework_export_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    telemetry = application_of(built(tmp_path)).app._telemetry

    assert {name: telemetry[name] for name in ("auto_configure", "tracing", "metrics", "logs")} == {
        "auto_configure": False, "tracing": False, "metrics": False, "logs": False
    }  # fmt: skip


async def test_an_erasure_that_broke_off_is_finished_at_the_next_start(tmp_path: Path):
    gateway = built(tmp_path)
    front, url = application_of(gateway), gateway.settings.store.url.get_secret_value()
    with closing(open_store(url)) as store, closing(Leftovers(url, gateway.settings.masters)) as index:
        store.append([*run(end_user="jane")])
        before = index.due()
        Eraser(store, gateway.settings.masters).subject(Principal("privacy", "acme"), "jane")
        left = index.due()
        async with front.app.router.lifespan_context(front.app):
            await eventually(lambda: not index.due())

    assert (before, left) == (False, True)
