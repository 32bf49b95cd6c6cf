"""A provider asked in dialects that it does not speak itself: its own pass through, the others are translated."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.errors import ProviderRefused
from gateway.domain.facts import Facts
from gateway.interfaces import Provider


class Translation(Protocol):
    """One dialect, told in another one. It has no state: what one answer needs lives in its generator."""

    @property
    def into(self) -> str:
        """Name of the dialect that it translates requests into: `chat.completions`."""

    def request(self, request: ChatRequest) -> ChatRequest:
        """Return *request* in the dialect `into`; every string of it says what the original's strings said.

        Raises `ProviderRefused` (400) for what has no translation, rather than leaving it out.
        """

    def answer(self, deltas: AsyncGenerator[Delta, None], request: ChatRequest) -> AsyncGenerator[Delta, None]:
        """Yield *deltas*, which answer the translated request, in the dialect of *request*, the original one.

        A stream stays a stream and one whole body one whole body. The caller closes *deltas*. Raises what they raise.
        """


@dataclass(frozen=True, eq=False)
class TranslatingProvider:
    """*provider*, which answers requests of more dialects than it speaks."""

    provider: Provider
    translations: Mapping[str, Translation]
    """By the dialect that callers speak."""

    @property
    def name(self) -> str:
        """Its name in the configuration."""
        return self.provider.name

    @property
    def facts(self) -> Facts:
        """What policies read as `dest.…`."""
        return self.provider.facts

    @property
    def speaks(self) -> frozenset[str]:
        """Names of the dialects that it is asked in: the provider's own, and those that can be told in them."""
        own = self.provider.speaks
        return own | {name for name, translation in self.translations.items() if translation.into in own}

    async def prepare(self) -> None:
        """Load what would make the first answer wait."""
        await self.provider.prepare()

    def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        """Yield the answer to *request* by *model*, in the dialect of *request*; see `interfaces.Provider`.

        What the provider speaks itself passes through it directly. Raises `ProviderRefused` (404) for a dialect
        that it neither speaks nor is translated.
        """
        if request.dialect.name in self.provider.speaks:
            return self.provider.answer(request, model)
        return self._translated(request, model)

    async def aclose(self) -> None:
        """Close pooled connections."""
        await self.provider.aclose()

    async def _translated(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        dialect = request.dialect
        if dialect.name not in self.speaks:
            raise ProviderRefused(
                f"Provider {self.name!r} does not answer at /v1{dialect.path}.", status=404, code="endpoint_unsupported"
            )
        translation = self.translations[dialect.name]
        asked = translation.request(request)
        async with (
            aclosing(self.provider.answer(asked, model)) as deltas,
            aclosing(translation.answer(deltas, request)) as translated,
        ):
            async for delta in translated:
                yield delta
