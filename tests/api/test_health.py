from dataclasses import dataclass

from gateway.api.health import health_router
from gateway.api.metrics import Metrics
from gateway.domain.records import Lag
from tests.api.routes import client


@dataclass
class Log:
    healthy: bool = True
    depth: int = 2


async def test_readiness_tells_what_is_loaded_and_whether_the_log_works():
    log = Log()
    lags = {"search": Lag(3, 1.5)}
    async with client(health_router(log, Metrics(), lambda: {"detectors": ["patterns:1"]}, lambda: lags)) as http:
        ready = await http.get("/readyz")
        log.healthy = False
        unready = await http.get("/readyz")
        alive = await http.get("/healthz")

    assert ready.json() == {
        "status": "ok",
        "log": {"queued": 2},
        "following": {"search": {"entries": 3, "seconds": 1.5, "problem": ""}},
        "detectors": ["patterns:1"],
    }
    assert (unready.status_code, unready.json()["status"]) == (503, "log_unavailable")
    assert alive.status_code == 200


async def test_figures_are_exposed_as_prometheus_reads_them():
    async with client(health_router(Log(), Metrics(), dict)) as http:
        reply = await http.get("/metrics")

    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "lineward_log_queue_events 2.0" in reply.text
