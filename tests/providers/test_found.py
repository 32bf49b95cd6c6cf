from datetime import UTC, datetime

from gateway.dialects.vector_stores import SearchDialect
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.facts import Facts
from gateway.providers.found import FoundProvider

LABELS = Facts(
    classification="internal",
    readers=("hr",),
    legal_hold=False,
    expires_at=datetime(2030, 1, 1, tzinfo=UTC),
    **{f"more{n:02}": n for n in range(20)},
)


def chunk(text: str, **more: object) -> Chunk:
    return Chunk(Source("file", "kb"), "a/b.md", "sha256:00", 0, text, How.RETRIEVED, **more)


async def page(*chunks: Chunk) -> dict:
    request = SearchDialect("kb").parse({"query": "q"}).with_context(chunks)
    (delta,) = [delta async for delta in FoundProvider().answer(request, "m")]
    return delta.raw


async def test_what_was_found_comes_in_its_order_with_its_text():
    told = await page(chunk("one", score=0.75, title="One"), chunk("two", score=1.0000001), chunk("three", score=-0.1))

    assert (told["object"], told["search_query"], told["has_more"]) == (
        "vector_store.search_results.page", ["q"], False,
    )  # fmt: skip
    assert [(one["filename"], one["score"], one["content"]) for one in told["data"]] == [
        ("One", 0.75, [{"type": "text", "text": "one"}]),
        ("b.md", 1.0, [{"type": "text", "text": "two"}]),
        ("b.md", 0.0, [{"type": "text", "text": "three"}]),
    ]


async def test_labels_are_attributes_unless_they_are_lists():
    (one,) = (await page(chunk("one", labels=LABELS)))["data"]

    assert len(one["attributes"]) == 16
    assert one["attributes"]["expires_at"] == "2030-01-01T00:00:00+00:00"
    assert one["attributes"]["legal_hold"] is False
    assert "readers" not in one["attributes"]


async def test_nothing_found_is_an_empty_page():
    assert (await page())["data"] == []


def test_what_stays_with_the_caller_stays_in_the_house():
    assert dict(FoundProvider().facts) == {
        "provider": "caller", "self_hosted": True, "zero_retention": True, "trains_on_data": False,
    }  # fmt: skip
