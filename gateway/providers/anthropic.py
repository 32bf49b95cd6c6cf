"""Anthropic, or any server that speaks Anthropic's messages.

Reference: https://docs.anthropic.com/en/api/messages
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from functools import cached_property

from gateway.domain.chat import ChatRequest, Delta
from gateway.providers.litellm import LiteLLMProvider
from gateway.providers.server import Server

_OWN = frozenset({"messages", "messages.count_tokens"})
_TRANSLATED = frozenset({"chat.completions"})


@dataclass(frozen=True, kw_only=True, eq=False)
class AnthropicProvider(Server):
    """Answers through `POST {base_url}/messages`; chat completions are translated by litellm. See `Server`."""

    base_url: str = "https://api.anthropic.com/v1"
    version: str = "2023-06-01"
    """Sent as `anthropic-version`."""
    beta: tuple[str, ...] = ()
    """Sent as `anthropic-beta` with every request."""
    allowed_beta: tuple[str, ...] = ()
    """Betas that callers may ask for in such a header of their own: names, or beginnings of names before a `*`.

    What else they name there is left out: a beta may take a prompt to places that no policy has heard of.
    """
    chat: bool = True
    """Whether it is asked chat completions as well; otherwise litellm is not loaded."""

    @property
    def speaks(self) -> frozenset[str]:
        """Names of the dialects that it is asked in."""
        return _OWN | _TRANSLATED if self.chat else _OWN

    @property
    def credentials(self) -> Mapping[str, str]:
        """Headers that carry `api_key`."""
        return {"x-api-key": self.api_key}

    @property
    def protocol(self) -> Mapping[str, str]:
        """Headers that tell which form of the API is spoken."""
        beta = {"anthropic-beta": ",".join(self.beta)} if self.beta else {}
        return {"anthropic-version": self.version, **beta}

    def asked(self, request: ChatRequest) -> Mapping[str, str]:
        """Return the header of the betas that *request* asks for and may have."""
        wanted = [name for name in request.betas if self._allows(name) and name not in self.beta]
        return {"anthropic-beta": ",".join([*self.beta, *dict.fromkeys(wanted)])} if wanted else {}

    def _allows(self, beta: str) -> bool:
        return any(beta == one or (one.endswith("*") and beta.startswith(one[:-1])) for one in self.allowed_beta)

    async def prepare(self) -> None:
        """Load litellm if chat completions may come."""
        if self.chat:
            await self._translator.prepare()

    def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        """Yield the answer to *request* by *model*; see `interfaces.Provider`."""
        if request.dialect.name in _TRANSLATED:
            return self._translator.answer(request, model)
        return super().answer(request, model)

    async def aclose(self) -> None:
        """Close pooled connections; a later answer opens new ones."""
        await super().aclose()
        if self.chat:
            await self._translator.aclose()

    @cached_property
    def _translator(self) -> LiteLLMProvider:
        return LiteLLMProvider(
            name=self.name,
            model_prefix="anthropic/",
            api_key=self.api_key,
            base_url=f"{self.base_url.rstrip('/')}/messages",
            headers={**self.protocol, **self.headers},
            connect_timeout=self.connect_timeout,
            idle_timeout=max(self.first_byte_timeout, self.idle_timeout),
            retries=self.retries,
            backoff=self.backoff,
            max_wait=self.max_wait,
            circuit_failures=self.circuit_failures,
            circuit_cooldown=self.circuit_cooldown,
        )
