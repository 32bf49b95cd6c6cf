"""A provider without a model: it quotes from the prompt's own context. Offline, deterministic, and it says so."""

import re
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass

from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.digests import new_id
from gateway.domain.errors import ProviderRefused
from gateway.domain.json import JSON, Object
from gateway.providers.destination import Destination
from gateway.providers.quoting import Passage, Quote, best, passages

_MOST_CHOICES = 128
_QUOTES = 3


@dataclass(frozen=True, kw_only=True, eq=False)
class DemoProvider(Destination):
    """Answers with the sentences of the context that share most words with the question, and cites their documents.

    Tools, sampling parameters and length limits have no meaning for it and are ignored. Nothing leaves the process.
    """

    region: str = "local"
    self_hosted: bool = True
    zero_retention: bool = True
    trains_on_data: bool = False

    async def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        """Yield the answer to *request* under the name *model*; see `interfaces.Provider`.

        Raises `ProviderRefused` when `n` is not a number of choices.
        """
        question, context = passages(request)
        reply = _Reply(model, _sentence(best(question, context, _QUOTES)), _choices(request), _prompt_words(request))
        for raw in reply.events(include_usage=_wants_usage(request)) if request.stream else (reply.whole(),):
            yield Delta(raw)

    async def aclose(self) -> None:
        """Do nothing: there is nothing to close."""


@dataclass(frozen=True, slots=True)
class _Reply:
    """One answer in OpenAI's shapes. Every choice says the same."""

    model: str
    text: str
    choices: int
    prompt_words: int

    def whole(self) -> Object:
        message: Object = {"role": "assistant", "content": self.text, "refusal": None}
        return {
            **self._head("chat.completion"),
            "choices": [
                {"index": index, "message": message, "logprobs": None, "finish_reason": "stop"}
                for index in range(self.choices)
            ],
            "usage": self._usage(),
        }

    def events(self, *, include_usage: bool) -> Iterator[Object]:
        """Yield the stream's events: role, words, end, and usage if the caller asked for it."""
        head = self._head("chat.completion.chunk")
        if include_usage:
            head["usage"] = None
        for delta, finish_reason in self._deltas():
            for index in range(self.choices):
                choice: Object = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
                yield {**head, "choices": [choice]}
        if include_usage:
            yield {**head, "choices": [], "usage": self._usage()}

    def _deltas(self) -> Iterator[tuple[Object, str | None]]:
        yield {"role": "assistant", "content": ""}, None
        for word in re.findall(r"\S+\s*", self.text):
            yield {"content": word}, None
        yield {}, "stop"

    def _head(self, kind: str) -> Object:
        return {"id": f"chatcmpl-{new_id()}", "object": kind, "created": int(time.time()), "model": self.model}

    def _usage(self) -> Object:
        answered = len(self.text.split()) * self.choices
        return {
            "prompt_tokens": self.prompt_words,
            "completion_tokens": answered,
            "total_tokens": self.prompt_words + answered,
            "unit": "words",
        }


def _sentence(quotes: Sequence[Quote]) -> str:
    if not quotes:
        return "Extractive demo answer: The context does not answer this."
    return "Extractive demo answer: " + " ".join(_cited(quote.text, quote.passage) for quote in quotes)


def _cited(text: str, passage: Passage) -> str:
    return f"{text} [{passage.label}]" if passage.label else text


def _choices(request: ChatRequest) -> int:
    n: JSON = request.raw.get("n")
    if n is None:
        return 1
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= _MOST_CHOICES:
        raise ProviderRefused(
            f"'n' must be a whole number from 1 to {_MOST_CHOICES}.", status=400, code="invalid_value", param="n"
        )
    return n


def _prompt_words(request: ChatRequest) -> int:
    return sum(len(text.value.split()) for text in request.texts if text.path[-1] in ("content", "text"))


def _wants_usage(request: ChatRequest) -> bool:
    options = request.raw.get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True
