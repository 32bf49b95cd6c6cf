"""`POST /beta/litellm_basic_guardrail_api`: this gateway's guard and record behind an installed LiteLLM."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import NoReturn, cast

import orjson

from gateway.api.errors import error_bytes
from gateway.api.framing import ChoicesFraming
from gateway.dialects.guardrail import mentions
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.errors import GatewayError, PolicyViolation
from gateway.domain.json import JSON, Object, Path, replaced
from gateway.domain.principals import Principal
from gateway.interfaces import Provider
from gateway.lineage.recorder import Head
from gateway.pipeline import Pipeline
from gateway.routing import Destination, Routes
from gateway.windows import complete

_REWRITTEN = frozenset({"texts", "structured_messages", "tools"})
"""Fields that LiteLLM takes back changed."""


class GuardrailFraming(ChoicesFraming):
    """LiteLLM's replies; a refusal by a policy is one of them, anything else an error."""

    def refusal(self, error: GatewayError) -> bytes:
        """Return the body that tells *error*."""
        if isinstance(error, PolicyViolation):
            return orjson.dumps({"action": "BLOCKED", "blocked_reason": error.message})
        return error_bytes(error)


@dataclass(frozen=True, slots=True)
class Guardrail:
    """Judges what LiteLLM is about to send or has been answered, through *pipeline*, and gives it back by *returned*.

    A model that this gateway knows by the same name is judged with the facts of its provider.
    """

    pipeline: Pipeline
    returned: Provider

    async def run(self, request: ChatRequest, principal: Principal) -> AsyncGenerator[Head | Delta, None]:
        """Yield a `Head`, then LiteLLM's reply. Raises what `Pipeline.run` raises, a refusal with status 200."""
        pipeline, principal = self._through(request, principal)
        try:
            async with aclosing(pipeline.run(request, principal)) as answer:
                async for item in answer:
                    if not isinstance(item, Delta):
                        yield item
                    elif _can_be_told(request.raw, item.raw):
                        yield Delta(_reply(request.raw, item.raw))
                    else:
                        await _refuse(answer)
        except PolicyViolation as error:
            error.status = 200  # any other is a failure of the guardrail, to which LiteLLM may be indifferent
            raise

    def _through(self, request: ChatRequest, principal: Principal) -> tuple[Pipeline, Principal]:
        known = self.pipeline.routes.models.get(request.model)
        if known:
            there = Destination(self.returned, known[0].model, known[0].facts)
        else:
            there = Destination.of(self.returned, request.model)
            principal = replace(principal, models=(*principal.models, request.model))
        return replace(self.pipeline, routes=Routes({request.model: [there]})), principal


def _can_be_told(raw: Object, judged: Object) -> bool:
    """Return whether LiteLLM can be told what was changed in *raw*."""
    return all(judged.get(name) == value for name, value in raw.items() if name not in _REWRITTEN)


async def _refuse(answer: AsyncGenerator[Head | Delta, None]) -> NoReturn:
    """End the run of *answer* with a refusal."""
    refusal = PolicyViolation(
        "What policies hide stands in a place that LiteLLM does not let a guardrail change, such as a tool call.",
        rules=(),
    )
    await answer.athrow(refusal)
    raise refusal


def _reply(raw: Object, judged: Object) -> Object:
    """Return LiteLLM's reply for *raw*, of which *judged* is left."""
    texts = cast("list[str]", judged.get("texts") or [])
    reply: Object = {"action": "NONE", "texts": list[JSON](texts), "stream_holdback_chars": [*map(_unsure, texts)]}
    changed = {name for name in _REWRITTEN if judged.get(name) != raw.get(name)}
    if changed:
        reply["action"] = "GUARDRAIL_INTERVENED"
    if "tools" in changed:
        reply["tools"] = judged["tools"]
    if "structured_messages" in changed:
        reply["structured_messages"] = _with(judged["structured_messages"], texts)
    return reply


def _with(messages: JSON, texts: list[str]) -> JSON:
    """Return *messages* with the *texts* that they mention: LiteLLM takes either the messages or the texts."""
    meant: dict[Path, JSON] = {path: texts[number] for path, number in mentions(messages)}
    return replaced(messages, meant)


def _unsure(text: str) -> int:
    """Return how many characters at the end of *text* more text could still turn into something to hide."""
    return len(text) - complete(text)
