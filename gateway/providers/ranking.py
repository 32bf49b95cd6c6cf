"""Rankings of fewer documents than the caller sent, since policies dropped some: positions are the caller's again."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.errors import ProviderFailed, ProviderRefused
from gateway.domain.facts import Facts
from gateway.domain.json import JSON, Object
from gateway.interfaces import Provider


@dataclass(frozen=True, eq=False)
class RankingProvider:
    """*provider*, whose rankings name documents by their positions in the list that the caller sent."""

    provider: Provider

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
        """Names of the dialects that it is asked in."""
        return self.provider.speaks

    async def prepare(self) -> None:
        """Load what would make the first answer wait."""
        await self.provider.prepare()

    def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        """Yield the answer to *request* by *model*; see `interfaces.Provider`.

        Raises `ProviderRefused` (403) when there is nothing left to rank.
        """
        documents = request.raw.get("documents")
        if request.dialect.name != "rerank" or not isinstance(documents, list) or None not in documents:
            return self.provider.answer(request, model)
        return self._ranked(request, documents, model)

    async def aclose(self) -> None:
        """Close pooled connections."""
        await self.provider.aclose()

    async def _ranked(self, request: ChatRequest, documents: Sequence[JSON], model: str) -> AsyncGenerator[Delta, None]:
        kept = [position for position, document in enumerate(documents) if document is not None]
        if not kept:
            raise ProviderRefused("Policies dropped every document: there is nothing left to rank.", status=403,
                                  type="policy_violation", code="nothing_to_rank", param="documents")  # fmt: skip
        sent: Object = {**request.raw, "documents": [documents[position] for position in kept]}
        async with aclosing(self.provider.answer(replace(request, raw=sent), model)) as deltas:
            async for delta in deltas:
                yield Delta(self._placed(delta.raw, kept))

    def _placed(self, raw: Object, kept: Sequence[int]) -> Object:
        """Return *raw* with the positions of *kept* in the caller's list."""
        placed: Object = dict(raw)
        for name in ("results", "data"):
            results = raw.get(name)
            if isinstance(results, list):
                placed[name] = [self._result(result, kept) for result in results]
        return placed

    def _result(self, result: JSON, kept: Sequence[int]) -> JSON:
        index = result.get("index") if isinstance(result, dict) else None
        if not isinstance(result, dict) or not isinstance(index, int) or not 0 <= index < len(kept):
            raise ProviderFailed(f"Provider {self.name!r} ranked a document that it was not sent.")
        return {**result, "index": kept[index]}
