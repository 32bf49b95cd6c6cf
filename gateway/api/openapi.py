"""`/openapi.json`: the routes that FastAPI knows, and the endpoints of models, which it does not see."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from gateway.api import schemas
from gateway.api.replies import json_response
from gateway.domain.json import JSON, Object


@dataclass(frozen=True, slots=True)
class Operation:
    """A POST that is described here, since FastAPI does not see it."""

    path: str
    summary: str
    request: Object
    tag: str
    streams: bool = False
    answer: Object | None = None
    error: Object | None = None

    @property
    def parameters(self) -> list[JSON]:
        """What it takes beside its body: who asks, and what is in its path."""
        names = [part[1:-1] for part in self.path.split("/") if part[:1] == "{"]
        in_path: list[JSON] = [
            {"name": name, "in": "path", "required": True, "schema": schemas.SOME_TEXT} for name in names
        ]
        return [*in_path, schemas.PERSON]


OPERATIONS = (
    Operation("/v1/chat/completions", "Answer a conversation", schemas.CHAT, "chat", streams=True),
    Operation("/v1/completions", "Go on with a prompt", schemas.COMPLETIONS, "chat", streams=True),
    Operation("/v1/responses", "Answer with items", schemas.RESPONSES, "chat", streams=True),
    Operation("/v1/messages", "Answer as Anthropic's API", schemas.MESSAGES, "chat", streams=True,
              error=schemas.MESSAGES_ERROR),
    Operation("/v1/messages/count_tokens", "Count the tokens of messages", schemas.COUNT, "chat",
              error=schemas.MESSAGES_ERROR),
    Operation("/v1/embeddings", "Turn texts into vectors", schemas.EMBEDDINGS, "texts"),
    Operation("/v1/moderations", "Tell whether texts may harm", schemas.MODERATIONS, "texts"),
    Operation("/v1/rerank", "Order documents by a query", schemas.RERANK, "texts"),
    Operation("/v2/rerank", "Order documents by a query, at Cohere's newer path", schemas.RERANK, "texts"),
    Operation("/v1/vector_stores/{collection}/search", "Search one of the gateway's collections", schemas.SEARCH,
              "texts"),
    Operation("/beta/litellm_basic_guardrail_api", "Judge what another gateway sends or was answered",
              schemas.GUARDRAIL, "guardrail", answer=schemas.VERDICT),
)  # fmt: skip
"""Every endpoint that models answer at, and what stands beside them."""

_PROBLEMS = {
    400: "The request cannot be understood, or cannot be translated for the model's provider",
    401: "No or unknown key, or a user token that does not count or is missing",
    403: "A policy or the key refuses it",
    404: "Unknown model or collection",
    413: "Too large",
    502: "The provider failed",
    503: "A guard, a search or the record is not available",
}
_KEY: Object = {"key": {"type": "http", "scheme": "bearer"}}


def _described(operation: Operation) -> Object:
    error = operation.error or schemas.ERROR
    responses: Object = {"200": _answer(operation)}
    for status, text in _PROBLEMS.items():
        responses[str(status)] = {"description": text, "content": {"application/json": {"schema": error}}}
    described: Object = {
        "summary": operation.summary,
        "tags": [operation.tag],
        "security": [{"key": []}],
        "parameters": operation.parameters,
        "requestBody": {"required": True, "content": {"application/json": {"schema": operation.request}}},
        "responses": responses,
    }
    return described


def _answer(operation: Operation) -> JSON:
    content: Object = {"application/json": {"schema": operation.answer or schemas.ANYTHING}}
    if operation.streams:
        content["text/event-stream"] = {"schema": schemas.TEXT}
    text = "The answer, with `x-lineward-response-id` and `x-lineward-decision`"
    return {"description": text, "content": content}


def publish(app: FastAPI) -> None:
    """Serve the description of *app*'s routes at `/openapi.json`."""

    @app.get("/openapi.json", include_in_schema=False, response_model=None)
    async def description() -> Response:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        for operation in OPERATIONS:
            document["paths"].setdefault(operation.path, {})["post"] = _described(operation)
        document.setdefault("components", {})["securitySchemes"] = _KEY
        return json_response(document)
