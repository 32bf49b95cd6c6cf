from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace

import pytest

from gateway.dialects.chat import CHAT
from gateway.dialects.messages import MESSAGES
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.errors import ProviderRefused
from gateway.providers.destination import Destination
from gateway.providers.translating import TranslatingProvider


@dataclass(frozen=True, kw_only=True, eq=False)
class Scripted(Destination):
    """Answers with the dialect that it was asked in, and notes when an answer is closed."""

    spoken: frozenset[str] = frozenset({"chat.completions"})
    closed: list[str] = field(default_factory=list)

    @property
    def speaks(self) -> frozenset[str]:
        return self.spoken

    async def prepare(self) -> None:
        self.closed.append("prepared")

    async def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        try:
            yield Delta({"asked": request.dialect.name, "model": model})
            yield Delta({"asked": "more"})
        finally:
            self.closed.append("answer")

    async def aclose(self) -> None:
        self.closed.append("provider")


class Renaming:
    into = "chat.completions"

    def request(self, request: ChatRequest) -> ChatRequest:
        return replace(request, dialect=CHAT)

    async def answer(self, deltas: AsyncGenerator[Delta, None], request: ChatRequest) -> AsyncGenerator[Delta, None]:
        async for delta in deltas:
            yield Delta({**delta.raw, "told": request.dialect.name})


def asking(dialect) -> ChatRequest:
    return dialect.parse({"model": "m", "messages": [{"role": "user", "content": "x"}]})


async def test_what_the_provider_speaks_passes_through_it():
    provider = TranslatingProvider(Scripted(name="p"), {"chat.completions": Renaming(), "messages": Renaming()})

    first = await anext(aiter(deltas := provider.answer(asking(CHAT), "m1")))
    await deltas.aclose()

    assert first.raw == {"asked": "chat.completions", "model": "m1"}


async def test_another_dialect_is_told_in_one_that_it_speaks():
    provider = TranslatingProvider(Scripted(name="p"), {"messages": Renaming()})

    deltas = [delta.raw async for delta in provider.answer(asking(MESSAGES), "m1")]

    assert deltas == [
        {"asked": "chat.completions", "model": "m1", "told": "messages"},
        {"asked": "more", "told": "messages"},
    ]


async def test_closing_a_translated_answer_closes_the_providers():
    inner = Scripted(name="p")
    deltas = TranslatingProvider(inner, {"messages": Renaming()}).answer(asking(MESSAGES), "m1")

    await anext(deltas)
    await deltas.aclose()

    assert inner.closed == ["answer"]


@pytest.mark.parametrize(
    ("spoken", "known"),
    [({"chat.completions"}, {"chat.completions", "messages"}), ({"embeddings"}, {"embeddings"}), (set(), set())],
)
async def test_a_translation_into_what_the_provider_does_not_speak_is_none(spoken: set[str], known: set[str]):
    provider = TranslatingProvider(Scripted(name="p", spoken=frozenset(spoken)), {"messages": Renaming()})

    assert provider.speaks == known
    if "messages" not in known:
        with pytest.raises(ProviderRefused) as caught:
            await anext(provider.answer(asking(MESSAGES), "m1"))
        assert (caught.value.status, caught.value.code) == (404, "endpoint_unsupported")


async def test_it_is_the_provider_in_everything_else():
    inner = Scripted(name="p", region="eu")
    provider = TranslatingProvider(inner, {})

    await provider.prepare()
    await provider.aclose()

    assert (provider.name, provider.facts) == ("p", inner.facts)
    assert inner.closed == ["prepared", "provider"]
