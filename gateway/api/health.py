"""`/healthz`, `/readyz`, `/metrics`: for orchestrators and operators, without a key and without content."""

from collections.abc import Callable, Mapping
from typing import Protocol

from fastapi import APIRouter
from starlette.responses import Response

from gateway.api.metrics import Metrics
from gateway.api.replies import json_bytes, json_response
from gateway.domain.json import JSON
from gateway.domain.records import Lag


class Log(Protocol):
    """What is asked about the log's writer."""

    @property
    def healthy(self) -> bool:
        """Whether events become durable."""

    @property
    def depth(self) -> int:
        """Events handed over and not yet durable."""


def health_router(
    log: Log,
    metrics: Metrics,
    loaded: Callable[[], Mapping[str, JSON]],
    lags: Callable[[], Mapping[str, Lag]] = dict,
) -> APIRouter:
    """Return the operators' routes; *loaded* tells what is really loaded: detectors, policies, retrievers.

    *lags* tells how far those are behind who follow the log. Answers do not wait for them, and neither does readiness.
    """
    router = APIRouter(tags=["health"])

    @router.get("/healthz", summary="Whether the process lives", response_model=None)
    async def healthz() -> Response:
        return json_response({"status": "ok"})

    @router.get("/readyz", summary="Whether requests can be answered, and with what loaded", response_model=None)
    async def readyz() -> Response:
        state = {
            "status": "ok" if log.healthy else "log_unavailable",
            "log": {"queued": log.depth},
            "following": lags(),
            **loaded(),
        }
        return Response(json_bytes(state), 200 if log.healthy else 503, media_type="application/json")

    @router.get("/metrics", summary="Figures in Prometheus' format", response_model=None)
    async def exposition() -> Response:
        return Response(
            metrics.expose(queued=log.depth, healthy=log.healthy, lags=lags()), media_type=metrics.content_type
        )

    return router
