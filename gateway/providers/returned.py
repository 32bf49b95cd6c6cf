"""Prompts and answers that go back to the gateway which sent them here to be judged. No provider is asked."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from gateway.dialects.guardrail import UNNAMED, GuardrailDialect
from gateway.domain.chat import ChatRequest, Delta
from gateway.providers.destination import Destination


@dataclass(frozen=True, kw_only=True, eq=False)
class ReturnedProvider(Destination):
    """Gives back what policies have left of a request. Where it goes from there is not known here: its facts are the
    worst, unless the model is one that this gateway knows.
    """

    name: str = UNNAMED

    @property
    def speaks(self) -> frozenset[str]:
        """Names of the dialects that it is asked in."""
        return frozenset({GuardrailDialect.name})

    async def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        """Yield the body of *request*; see `interfaces.Provider`."""
        yield Delta(request.raw)

    async def aclose(self) -> None:
        """Do nothing: there is nothing to close."""
