from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.chat import CHAT
from gateway.dialects.rerank import RERANK
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.errors import ProviderFailed, ProviderRefused
from gateway.providers.demo import DemoProvider
from gateway.providers.destination import Destination
from gateway.providers.ranking import RankingProvider


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranker(Destination):
    """Ranks its documents from the last to the first."""

    name: str = "ranker"
    list_name: str = "results"
    beyond: int = 0
    asked: list[ChatRequest] = field(default_factory=list)
    closed: list[bool] = field(default_factory=list)

    async def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        self.asked.append(request)
        count = len(request.raw["documents"])
        results = [{"index": index + self.beyond, "relevance_score": 0.5} for index in reversed(range(count))]
        yield Delta({"id": "r", self.list_name: results}, b"wire")

    async def aclose(self) -> None:
        self.closed.append(True)


def asking(*documents: str | None) -> ChatRequest:
    """Return a request for *documents*, those that are `None` having been dropped."""
    request = RERANK.parse({"model": "m", "query": "q", "documents": [document or "x" for document in documents]})
    return replace(request, raw={**request.raw, "documents": list(documents)})


async def ranked(ranker: Ranker, request: ChatRequest) -> list[Delta]:
    return [delta async for delta in RankingProvider(ranker).answer(request, "m")]


@given(st.lists(st.booleans(), min_size=1, max_size=12).filter(any), st.sampled_from(["results", "data"]))
async def test_positions_are_those_of_the_callers_list(kept: list[bool], list_name: str):
    ranker = Ranker(list_name=list_name)
    documents = [f"d{position}" if stays else None for position, stays in enumerate(kept)]

    (delta,) = await ranked(ranker, asking(*documents))

    sent = ranker.asked[0].raw["documents"]
    assert sent == [document for document in documents if document]
    assert [documents[one["index"]] for one in delta.raw[list_name]] == sent[::-1]


async def test_an_answer_about_all_documents_is_not_touched():
    (delta,) = await ranked(Ranker(), asking("a", "b"))

    assert delta.wire == b"wire"


async def test_without_a_document_nobody_is_asked():
    ranker = Ranker()

    with pytest.raises(ProviderRefused) as caught:
        await ranked(ranker, asking(None, None))

    assert (caught.value.status, caught.value.code) == (403, "nothing_to_rank")
    assert ranker.asked == []


async def test_a_position_that_was_not_sent_is_a_failure():
    with pytest.raises(ProviderFailed, match="not sent"):
        await ranked(Ranker(beyond=2), asking("a", None))


async def test_everything_else_is_the_providers_own():
    demo = DemoProvider(name="d")
    provider = RankingProvider(demo)
    request = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": "?"}]})

    deltas = [delta async for delta in provider.answer(request, "m")]

    assert deltas[0].raw["object"] == "chat.completion"
    assert (provider.name, provider.facts, provider.speaks) == ("d", demo.facts, demo.speaks)


async def test_closing_it_closes_the_provider():
    ranker = Ranker()
    await RankingProvider(ranker).prepare()

    await RankingProvider(ranker).aclose()

    assert ranker.closed == [True]
