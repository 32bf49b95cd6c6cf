"""`GET` and `DELETE /v1/responses/{id}`: answers that are kept, for the application that was given them.

What a caller was told comes back as it was told, without log-probabilities. Deleting forgets the turn, so that no
request can go on from it; the record of the response stays: it is the house's, not the caller's.
Shapes: https://platform.openai.com/docs/api-reference/responses
"""

import asyncio
from collections.abc import Sequence
from typing import Literal, Protocol

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from gateway.api import schemas
from gateway.api.auth import Keys
from gateway.api.replies import json_response
from gateway.domain.errors import BadRequest, NotFound
from gateway.domain.json import JSON, Object
from gateway.domain.principals import Role
from gateway.domain.scopes import Scope
from gateway.domain.turns import Turn
from gateway.identity import Identities


class Kept(Protocol):
    """Keeps turns of conversations."""

    def turn(self, scope: Scope, id: str) -> Turn | None:
        """Return the turn *id* of *scope*, if it is kept. Raises `GuardUnavailable`."""

    def forget(self, scope: Scope, id: str) -> None:
        """Remove the turn *id* of *scope*. Raises `GuardUnavailable`."""


def responses_router(keys: Keys, kept: Kept | None, identities: Identities | None) -> APIRouter:
    """Return the routes to the answers that are *kept*; without a vault there is none.

    An answer that was given for an end user is found under that user's name, told as when it was asked for: by a token
    that *identities* verify, which wins and suffices, or else by the application, in `safety_identifier` or `user` of
    the address, since there is no body. Without a name nobody's is found: turns are sealed by whose they are.
    """
    router = APIRouter(prefix="/v1", tags=["responses"])
    on_behalf = {"parameters": [schemas.PERSON, _named("safety_identifier"), _named("user")]}

    async def found(request: Request, id: str) -> tuple[Kept, Scope, Turn]:
        principal = keys.authorise(request.scope, Role.APP)
        if identities:
            principal = await identities.verified(request.scope["headers"], principal)
        named = request.query_params.get("safety_identifier") or request.query_params.get("user") or ""
        scope = Scope(principal.tenant, principal.application, principal.end_user or named, "")
        turn = await asyncio.to_thread(kept.turn, scope, id) if kept else None
        if kept is None or turn is None:
            raise NotFound(
                f"Response with id {id[:100]!r} is not kept for this caller: it was never given here, was sent with "
                "'store': false, was deleted, or is too old; or name the end user whom it was given for in 'user', or "
                "send their token.",
                param="response_id",
                code="response_not_found",
            )
        return kept, scope, turn

    @router.get("/responses/{id}", summary="An answer that is kept", response_model=None, openapi_extra=on_behalf)
    async def retrieve(request: Request, id: str, stream: bool = False) -> Response:
        _, _, turn = await found(request, id)
        if stream:
            raise BadRequest(
                "A kept answer comes whole; leave 'stream' out.", param="stream", code="unsupported_parameter"
            )
        return json_response(_answer(turn))

    @router.delete(
        "/responses/{id}", summary="Forget an answer that is kept", response_model=None, openapi_extra=on_behalf
    )
    async def delete(request: Request, id: str) -> Response:
        turns, scope, _ = await found(request, id)
        await asyncio.to_thread(turns.forget, scope, id)
        return json_response({"id": id, "object": "response", "deleted": True})

    @router.get(
        "/responses/{id}/input_items",
        summary="What a kept answer was given for",
        response_model=None,
        openapi_extra=on_behalf,
    )
    async def input_items(
        request: Request, id: str, order: Literal["asc", "desc"] = "desc", after: str = "",
        limit: int = Query(20, ge=1, le=100),
    ) -> Response:  # fmt: skip
        _, _, turn = await found(request, id)
        items = [_item(item, turn.id, position) for position, item in enumerate(turn.items[: turn.asked])]
        return json_response(_page(items if order == "asc" else items[::-1], after, limit))

    return router


def _named(field: str) -> Object:
    """Return the parameter that says in *field* of the address what a request says in that field of its body."""
    description = "The end user whom the answer was given for, as the request named them; a verified token wins"
    return {"name": field, "in": "query", "required": False, "description": description, "schema": schemas.TEXT}


def _answer(turn: Turn) -> Object:
    output: list[JSON] = [*turn.items[turn.asked :]]
    usual: Object = {
        "object": "response",
        "status": "completed",
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    return {**usual, **turn.answer, "id": turn.id, "output": output}


def _item(item: Object, turn: str, position: int) -> Object:
    """Return *item* of a request in the form that a list of items has: with an id, and its content in parts."""
    named = item if isinstance(item.get("id"), str) else {"id": f"item_{position}_{turn}", **item}
    content = named.get("content")
    if named.get("type", "message") != "message" or not isinstance(content, str):
        return named
    kind = "output_text" if named.get("role") == "assistant" else "input_text"
    part: Object = {"type": kind, "text": content, **({"annotations": []} if kind == "output_text" else {})}
    return {"type": "message", "status": "completed", **named, "content": [part]}


def _page(items: Sequence[Object], after: str, limit: int) -> Object:
    ids = [str(item["id"]) for item in items]
    if after and after not in ids:
        raise BadRequest("'after' is not the id of one of these items.", param="after", code="invalid_value")
    start = ids.index(after) + 1 if after else 0
    page: list[JSON] = [*items[start : start + limit]]
    shown = ids[start : start + limit]
    ends: Object = {"first_id": shown[0] if shown else None, "last_id": shown[-1] if shown else None}
    return {"object": "list", "data": page, **ends, "has_more": start + limit < len(items)}
