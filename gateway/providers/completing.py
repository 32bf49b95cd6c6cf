"""Completions of a prompt, asked of a chat: the prompt is what the user says, the completion what the model answers."""

from collections.abc import AsyncGenerator
from dataclasses import replace

from gateway.dialects.chat import CHAT
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.errors import ProviderRefused
from gateway.domain.json import JSON, Object

_SAME = frozenset(
    {
        "frequency_penalty",
        "logit_bias",
        "max_tokens",
        "model",
        "n",
        "presence_penalty",
        "seed",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "top_p",
        "user",
    }
)
"""Fields that mean the same in both dialects."""

_MEANINGLESS: Object = {"best_of": 1, "echo": False, "suffix": "", "logprobs": 0}
"""Values with which fields that a chat does not have ask for nothing; so does null."""

_USUAL_TOKENS = 16
"""How long a completion is when the caller does not say. A chat would go on until it has answered."""


class Completing:
    """Tells completions in chat completions. It has no state."""

    into = "chat.completions"

    def request(self, request: ChatRequest) -> ChatRequest:
        """Return *request* as a conversation of one message.

        Raises `ProviderRefused` (400) for what a chat cannot do: several prompts, ids of tokens, and fields that it
        does not have.
        """
        prompt = request.raw["prompt"]
        if isinstance(prompt, list) and len(prompt) == 1:
            prompt = prompt[0]
        if not isinstance(prompt, str):
            raise _refused("a single prompt that is text", "prompt")
        for name, value in request.raw.items():
            if name not in _SAME and name != "prompt" and value is not None and value != _MEANINGLESS.get(name):
                raise _refused(f"no {name!r}", name)
        same: Object = {name: value for name, value in request.raw.items() if name in _SAME and value is not None}
        messages: JSON = [{"role": "user", "content": prompt}]
        raw = {"max_tokens": _USUAL_TOKENS, **same, "messages": messages}
        return replace(request, raw=raw, dialect=CHAT)

    async def answer(self, deltas: AsyncGenerator[Delta, None], request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Yield *deltas* with the message's text as the completion's; what else a message says is not told."""
        async for delta in deltas:
            choices = delta.raw.get("choices")
            told = [_choice(one) for one in choices if isinstance(one, dict)] if isinstance(choices, list) else []
            yield Delta({**delta.raw, "object": "text_completion", "choices": told})


def _choice(choice: Object) -> JSON:
    said = choice.get("message") or choice.get("delta")
    text = said.get("content") if isinstance(said, dict) else None
    return {
        "index": choice.get("index", 0),
        "text": text if isinstance(text, str) else "",
        "logprobs": None,
        "finish_reason": choice.get("finish_reason"),
    }


def _refused(what: str, param: str) -> ProviderRefused:
    return ProviderRefused(
        f"This model's provider answers conversations; a completion can be asked of it with {what}.",
        status=400,
        code="unsupported_parameter",
        param=param,
    )
