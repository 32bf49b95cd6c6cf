"""Anthropic's messages for providers that speak OpenAI's chat completions.

litellm has such a translation (`litellm.llms.anthropic.pass_through.adapters`), and it is not used: of version 1.106 it
was measured that text documents, search results and documents in the results of tools silently get lost, which are
what this gateway is about, and that an error of a tool becomes a success. It would also load litellm, which takes
three seconds and 200 MB, for providers that need nothing of it.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace

from gateway.dialects.chat import CHAT
from gateway.domain.chat import ChatRequest, Delta
from gateway.providers.translating_messages_answers import Events, message
from gateway.providers.translating_messages_requests import chat_body


class MessagesTranslation:
    """Messages as chat completions, and chat completions as messages."""

    into = CHAT.name

    def request(self, request: ChatRequest) -> ChatRequest:
        """Return *request* as one for a chat completion. Raises `ProviderRefused` for what has no translation.

        Left out is only what means nothing elsewhere: the thoughts of other models, marks for Anthropic's cache, and
        how long a model may think.
        """
        return replace(request, raw=chat_body(request.raw), dialect=CHAT, placed=())

    async def answer(self, deltas: AsyncGenerator[Delta, None], request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Yield the chat completion *deltas* as messages. Raises `ProviderFailed` for calls that cannot be read."""
        events = Events(request.model)
        async for delta in deltas:
            if not request.stream:
                yield Delta(message(delta.raw, request.model))
                continue
            for event in events.of(delta.raw):
                yield Delta(event)
        for event in events.end():
            yield Delta(event)


MESSAGES_IN_CHAT = MessagesTranslation()
