from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.chat import Search
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.filters import Compared, Comparison, Filter
from gateway.retrievers.filling import FURTHER, filled

CHUNK = Chunk(Source("file", "kb"), "d", "v", 0, "text", How.RETRIEVED, digest("text"), score=1.0)
PUBLIC = Compared("title", Comparison.EQ, ("public",))


@dataclass
class Shelf:
    """A collection, best first, that knows one filter, and policies that allow what is public and not embargoed."""

    titles: Sequence[str]
    can_filter: bool = True
    asked: list[tuple[int, bool]] = field(default_factory=list)

    def nearest(self, limit: int, filtering: Filter | None) -> Sequence[Chunk]:
        self.asked.append((limit, filtering is not None))
        wanted = [
            replace(CHUNK, ordinal=place, title=title, score=1 - place / len(self.titles))
            for place, title in enumerate(self.titles)
            if filtering is None or title.startswith("public")
        ]
        return wanted[:limit]

    def admits(self, chunk: Chunk) -> bool:
        return chunk.title == "public"

    @property
    def filter(self) -> Filter | None:
        return PUBLIC if self.can_filter else None


def places(chunks: Sequence[Chunk]) -> list[int]:
    return [chunk.ordinal for chunk in chunks]


def test_without_policies_or_refusals_one_look_is_enough():
    shelf = Shelf(["public"] * 9)

    assert places(filled(shelf.nearest, Search("kb", 3), None)) == [0, 1, 2]
    assert places(filled(shelf.nearest, Search("kb", 3), shelf)) == [0, 1, 2]
    assert shelf.asked == [(3, False)] * 2


def test_a_few_refused_cost_a_wider_look_and_no_filter():
    shelf = Shelf(["public", "secret", "public", "secret", "public", "public"] + ["public"] * 20)

    assert places(filled(shelf.nearest, Search("kb", 3), shelf)) == [0, 1, 2, 4]
    assert shelf.asked == [(3, False), (12, False)]


def test_many_refused_are_worth_a_filter():
    shelf = Shelf([*["secret"] * 50, "public embargoed", *["public"] * 9])

    assert places(filled(shelf.nearest, Search("kb", 3), shelf)) == [0, 1, 2, 51, 52, 53]
    assert shelf.asked == [(3, False), (12, False), (120, True)]


def test_a_collection_that_is_seen_whole_is_not_filtered():
    shelf = Shelf([*["secret"] * 5, "public"])

    assert places(filled(shelf.nearest, Search("kb", 3), shelf)) == [0, 1, 2, 5]
    assert shelf.asked == [(3, False), (12, False)]


def test_rules_that_are_no_filter_are_asked_about_each_of_the_wider_look():
    shelf = Shelf([*["secret"] * 118, *["public"] * 9], can_filter=False)

    assert places(filled(shelf.nearest, Search("kb", 3), shelf)) == [0, 1, 2, 118, 119]
    assert shelf.asked == [(3, False), (12, False), (120, False)]


def test_what_is_not_near_enough_is_not_found():
    shelf = Shelf(["secret", *["public"] * 9])

    assert places(filled(shelf.nearest, Search("kb", 3, score_threshold=0.75), shelf)) == [0, 1, 2]


@given(st.lists(st.sampled_from(["public", "public embargoed", "secret"]), min_size=1, max_size=80), st.integers(1, 6))
def test_the_nearest_are_all_there_and_what_is_added_is_allowed_and_fits(titles: list[str], top_k: int):
    shelf = Shelf(titles)

    chosen = filled(shelf.nearest, Search("kb", top_k), shelf)

    allowed = [place for place, title in enumerate(titles) if title == "public"]
    near = set(range(min(top_k, len(titles))))
    admitted = [place for place in places(chosen) if place in allowed]
    assert near <= set(places(chosen)) <= near | set(allowed)
    assert admitted == allowed[: len(admitted)]
    assert len(admitted) <= top_k
    if len(titles) <= FURTHER * top_k:
        assert admitted == allowed[:top_k]
