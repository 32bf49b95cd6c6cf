"""OpenAI's responses for providers that speak its chat completions.

litellm has such a translation (`litellm.responses.litellm_completion_transformation`), and it is not used: of version
1.106 it was measured that the results of a file search and fields without translation silently get lost, that only
some events of a stream have a number, that a text ends after the call that followed it, and that it prints to the
terminal. It would also load litellm, which takes three seconds, for providers that need nothing of it.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace

from gateway.dialects.chat import CHAT
from gateway.domain.chat import ChatRequest, Delta
from gateway.providers.translating_responses_answers import Events
from gateway.providers.translating_responses_requests import chat_body


class ResponsesTranslation:
    """Responses as chat completions, and chat completions as responses."""

    into = CHAT.name

    def request(self, request: ChatRequest) -> ChatRequest:
        """Return *request* as one for a chat completion. Raises `ProviderRefused` for what has no translation.

        Left out is only what means nothing elsewhere: the thoughts of other models, what to include of tools that
        cannot be asked for, and what OpenAI is to store or cache.
        """
        return replace(request, raw=chat_body(request.raw), dialect=CHAT, placed=())

    async def answer(self, deltas: AsyncGenerator[Delta, None], request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Yield the chat completion *deltas* as a response's events, or as one whole response."""
        events = Events(request.raw, request.model)
        async for delta in deltas:
            for event in events.of(delta.raw):
                if request.stream:
                    yield Delta(event)
        for event in events.end():
            if request.stream:
                yield Delta(event)
        if not request.stream:
            yield Delta(events.response)


RESPONSES_IN_CHAT = ResponsesTranslation()
