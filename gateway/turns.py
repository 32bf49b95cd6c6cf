"""Requests that go on from an earlier answer, and answers that later requests may go on from.

The chain behind a `previous_response_id` is resolved here and never by a provider: its items go before the request's
own and are judged again, by the policies of today.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol, cast

from gateway.dialects.outputs import answered
from gateway.dialects.responses import PREVIOUS, ResponsesDialect, bare, items
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.digests import new_id
from gateway.domain.errors import BadRequest, NotFound
from gateway.domain.json import Object
from gateway.domain.principals import Principal
from gateway.domain.scopes import Scope
from gateway.domain.turns import Turn, said


class Turns(Protocol):
    """Keeps turns of conversations."""

    def chain(self, scope: Scope, id: str) -> Sequence[Turn]:
        """Return the turns of *scope* up to *id*, the first one first; nothing when not all of them are known."""

    def keep(self, scope: Scope, turn: Turn) -> None:
        """Keep *turn* of *scope*, and those that it goes on from."""


@dataclass(frozen=True, slots=True)
class OpenTurn:
    """A turn that is not over: the request as it is to be answered, and what will be remembered of it."""

    request: ChatRequest
    chain: Sequence[Turn] = ()
    """The turns before it, the first one first."""
    own: Sequence[Object] = ()
    """The items that are new in it."""
    scope: Scope | None = None
    """Whose turn it is; `None` when it is not to be remembered."""
    turns: Turns | None = None

    def remembered(self, answer: AsyncGenerator[Delta, None], run: str) -> AsyncGenerator[Delta, None]:
        """Yield *answer*, the answer that the record of *run* is about, and keep it before its end is told.

        So the caller can go on from it at once. Closes *answer* whatever happens. Raises `GuardUnavailable` when it
        cannot be kept.
        """
        return self._kept(answer, run, self.turns, self.scope) if self.turns and self.scope else answer

    async def _kept(
        self, answer: AsyncGenerator[Delta, None], run: str, turns: Turns, scope: Scope
    ) -> AsyncGenerator[Delta, None]:
        done: list[Object] = []
        async with aclosing(answer):
            async for delta in answer:
                item, whole = delta.raw.get("item"), answered(delta.raw)
                if isinstance(item, dict) and delta.raw.get("type") == "response.output_item.done":
                    done.append(item)
                if whole is not None and isinstance(whole.get("id"), str):
                    await asyncio.to_thread(turns.keep, scope, self._turn(whole, done, run))
                yield delta

    def _turn(self, whole: Object, done: Sequence[Object], run: str) -> Turn:
        output = cast("list[Object]", whole.get("output") or [*done])
        previous = self.chain[-1].id if self.chain else ""
        heard = [*self.own, *map(bare, output)]
        about = {name: value for name, value in whole.items() if name not in ("output", PREVIOUS)}
        if previous:
            about[PREVIOUS] = previous  # which a provider is never told
        return Turn(cast(str, whole["id"]), previous, self.request.conversation, run, heard, len(self.own), about)


@dataclass(frozen=True, slots=True)
class Chains:
    """The turns that *turns* keeps; without it no request can go on from another."""

    turns: Turns | None = None

    async def turn(self, request: ChatRequest, principal: Principal) -> OpenTurn:
        """Return the turn that *request* of *principal* is, with the items of the turns before it in it.

        A request that names no conversation is part of its chain's, or of a new one. Raises `NotFound` for an id
        that is not one of this caller's, `BadRequest` when no turns are kept, and `GuardUnavailable`.
        """
        dialect = request.dialect
        if not isinstance(dialect, ResponsesDialect):
            return OpenTurn(request)
        scope = Scope(principal.tenant, principal.application, principal.end_user, "")
        chain = await self._chain(scope, request.raw.get(PREVIOUS))
        own = items(request.raw)
        if chain:
            request = replace(dialect.continued(request, said(chain)), follows=tuple(turn.run for turn in chain))
        if self.turns is None or request.raw.get("store") is False:
            return OpenTurn(_named(request, chain[-1].conversation) if chain else request)
        named = _named(request, chain[-1].conversation if chain else new_id())
        return OpenTurn(named, chain, own, scope, self.turns)

    async def _chain(self, scope: Scope, id: object) -> Sequence[Turn]:
        if not isinstance(id, str) or not id:
            return ()
        if self.turns is None:
            raise BadRequest(
                "Earlier answers are not kept here, so that none can be gone on from: configure a 'vault' with a key, "
                "or send the earlier items in 'input'.",
                param=PREVIOUS,
                code="vault_not_configured",
            )
        chain = await asyncio.to_thread(self.turns.chain, scope, id)
        if not chain:
            raise NotFound(
                "No answer of this id is kept for this caller: it was never given here, was sent with 'store': false, "
                "or is too old.",
                param=PREVIOUS,
                code="previous_response_not_found",
            )
        return chain


UNCHAINED = Chains()
"""Where nothing is kept."""


def _named(request: ChatRequest, conversation: str) -> ChatRequest:
    return request if request.conversation else replace(request, conversation=conversation)
