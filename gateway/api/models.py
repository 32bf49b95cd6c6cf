"""`GET /v1/models`: what the caller's key may name."""

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.api.auth import Keys
from gateway.api.replies import json_response
from gateway.domain.errors import NotFound
from gateway.domain.json import Object
from gateway.domain.principals import Principal, Role


def models_router(keys: Keys, models: Sequence[str]) -> APIRouter:
    """Return the routes that list *models* to those who may use them."""
    router = APIRouter(prefix="/v1", tags=["models"])

    def visible(principal: Principal) -> list[str]:
        return [name for name in models if "*" in principal.models or name in principal.models]

    @router.get("/models", summary="List the models that this key may use", response_model=None)
    async def list_models(request: Request) -> Response:
        principal = keys.authorise(request.scope, Role.APP)
        return json_response({"object": "list", "data": [_model(name) for name in visible(principal)]})

    @router.get("/models/{id:path}", summary="One model", response_model=None)
    async def get_model(request: Request, id: str) -> Response:
        if id not in visible(keys.authorise(request.scope, Role.APP)):
            raise NotFound(f"The model {id!r} is not configured here or not allowed for this key.",
                           param="model", code="model_not_found")  # fmt: skip
        return json_response(_model(id))

    return router


def _model(name: str) -> Object:
    return {"id": name, "object": "model", "created": 0, "owned_by": "lineward"}
