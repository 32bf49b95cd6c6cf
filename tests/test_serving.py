import gc
import platform
import time
from pathlib import Path

import httpx
import pytest

from gateway.revoking import HEEDED, KeyFile
from gateway.serving import GARBAGE, application, economise
from tests.journeys.house import APP_KEY
from tests.journeys.process import running
from tests.journeys.test_crash import free_port
from tests.journeys.upstream import Upstream, Whole, completion


def test_the_embedded_configuration_builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINEWARD_CONFIG", raising=False)
    usual = gc.get_threshold()

    try:
        front = application()
        settled = gc.get_threshold(), gc.get_freeze_count()
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)

    assert front.app.title == "Lineward"
    assert settled[0] == GARBAGE and settled[1] > 0
    assert gc.isenabled()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_the_c_library_keeps_little_memory_that_nothing_uses():
    assert economise()


def test_several_workers_share_port_and_log_and_refuse_a_key_that_is_revoked(tmp_path: Path):
    port = free_port()
    with Upstream() as upstream:
        upstream.says = [Whole(completion("Hello."))]
        with running(tmp_path, upstream.url, port, LINEWARD_SERVER__WORKERS="2"):
            body = {"model": "gpt", "messages": [{"role": "user", "content": "x"}]}
            key = {"authorization": f"Bearer {APP_KEY}"}
            replies = [
                httpx.post(f"http://127.0.0.1:{port}/v1/chat/completions", json=body, headers=key) for _ in range(6)
            ]
            listed = httpx.get(
                f"http://127.0.0.1:{port}/api/v1/responses", headers={"authorization": "Bearer lw-test-soc"}
            )
            KeyFile(tmp_path / "gateway.yaml", {}).revoke("bot")
            time.sleep(HEEDED)
            refused = [
                httpx.post(f"http://127.0.0.1:{port}/v1/chat/completions", json=body, headers=key) for _ in range(6)
            ]

    assert [reply.status_code for reply in replies] == [200] * 6
    assert [reply.status_code for reply in refused] == [401] * 6
    ids = {reply.headers["x-lineward-response-id"] for reply in replies}
    assert {record["id"] for record in listed.json()["data"]} == ids
