"""`/openapi.json`: the routes that FastAPI knows, and the chat endpoint, which it does not see."""

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from gateway.api.replies import json_response
from gateway.domain.json import Object

_TEXT: Object = {"type": "string"}
_ERROR: Object = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": _TEXT,
                "type": _TEXT,
                "param": {"type": ["string", "null"]},
                "code": _TEXT,
                "lineward": {"type": "object", "description": "The response's id, the rules, and findings by entity."},
            },
        }
    },
}
_DOCUMENT: Object = {
    "oneOf": [
        _TEXT,
        {
            "type": "object",
            "required": ["text"],
            "properties": {
                "id": {"type": ["string", "integer"]},
                "text": {"type": "string", "minLength": 1},
                "title": _TEXT,
                "url": _TEXT,
                "source": _TEXT,
                "version": _TEXT,
                "score": {"type": "number"},
                "labels": {"type": "object"},
            },
        },
    ]
}
_REQUEST: Object = {
    "type": "object",
    "required": ["model", "messages"],
    "additionalProperties": True,
    "properties": {
        "model": {"type": "string", "minLength": 1},
        "messages": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "required": ["role"], "properties": {"role": _TEXT}},
        },
        "stream": {"type": "boolean"},
        "user": _TEXT,
        "documents": {"type": "array", "items": _DOCUMENT},
        "collections": {"type": "array", "items": _TEXT},
        "data_sources": {"type": "array", "items": {"type": "object"}},
        "lineward": {"type": "object", "properties": {"purpose": _TEXT}},
    },
}
_KEY: Object = {"key": {"type": "http", "scheme": "bearer"}}


def _chat() -> Object:
    errors: Object = {
        str(status): {"description": text, "content": {"application/json": {"schema": _ERROR}}}
        for status, text in {
            400: "The request cannot be understood", 401: "No or unknown key", 403: "A policy or the key refuses it",
            404: "Unknown model or collection", 413: "Too large", 502: "The provider failed",
            503: "A guard or the record is not available",
        }.items()
    }  # fmt: skip
    answer: Object = {
        "description": "OpenAI's answer, whole or streamed, with `x-lineward-response-id` and `x-lineward-decision`",
        "content": {"application/json": {"schema": {"type": "object"}}, "text/event-stream": {"schema": _TEXT}},
    }
    return {
        "summary": "Answer a conversation",
        "description": "OpenAI's chat completions; `documents`, `collections` and `lineward` are this gateway's own.",
        "tags": ["chat"],
        "security": [{"key": []}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _REQUEST}}},
        "responses": {"200": answer, **errors},
    }


def publish(app: FastAPI) -> None:
    """Serve the description of *app*'s routes at `/openapi.json`."""

    @app.get("/openapi.json", include_in_schema=False, response_model=None)
    async def description() -> Response:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        document["paths"]["/v1/chat/completions"] = {"post": _chat()}
        document.setdefault("components", {})["securitySchemes"] = _KEY
        return json_response(document)
