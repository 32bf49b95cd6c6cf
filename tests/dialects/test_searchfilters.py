from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.searchfilters import filters, score_threshold
from gateway.domain.errors import BadRequest
from gateway.domain.filters import AllOf, AnyOf, Compared, Comparison

EQ = {"type": "eq", "key": "team", "value": "hr"}
DAY = datetime(2026, 3, 1, tzinfo=UTC)


def one(kind: object = "eq", key: object = "team", value: object = "hr", **more: object) -> dict:
    return {"type": kind, "key": key, "value": value, **more}


def nested(depth: int) -> dict:
    return {"type": "and", "filters": [nested(depth - 1), EQ]} if depth else EQ


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (None, None),
        (EQ, Compared("team", Comparison.EQ, ("hr",))),
        (one("gte", "size", 3.0), Compared("size", Comparison.GTE, (3,))),
        (one("in", "size", [1, 0.5]), Compared("size", Comparison.IN, (1, 0.5))),
        (one("nin", "team", ["a", "b"]), Compared("team", Comparison.NIN, ("a", "b"))),
        (one("ne", "open", True), Compared("open", Comparison.NE, (True,))),
        (one("eq", "file_id", "a.md"), Compared("document", Comparison.EQ, ("a.md",))),
        (one("eq", "filename", "A"), Compared("title", Comparison.EQ, ("A",))),
        (one("gt", "expires_at", DAY.timestamp()), Compared("expires_at", Comparison.GT, (DAY,))),
        (one("lt", "embargo_until", "2026-03-01"), Compared("embargo_until", Comparison.LT, (DAY,))),
        ({"type": "or", "filters": [EQ]}, Compared("team", Comparison.EQ, ("hr",))),
        (
            {"type": "or", "filters": [EQ, {"type": "and", "filters": [EQ, EQ]}]},
            AnyOf((Compared("team", Comparison.EQ, ("hr",)), AllOf((Compared("team", Comparison.EQ, ("hr",)),) * 2))),
        ),
    ],
    ids=str,
)
def test_a_filter_is_read_as_it_is_meant(given, read):
    assert filters(given, "filters") == read


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({}, "filters.type"),
        ("eq", "filters"),
        (one("contains"), "filters.type"),
        (one("lacks"), "filters.type"),
        (one(["eq"]), "filters.type"),
        (one(key=""), "filters.key"),
        (one(key=3), "filters.key"),
        (one(value=None), "filters.value"),
        (one(value=["hr"]), "filters.value"),
        (one(value=2**63), "filters.value"),
        (one("in"), "filters.value"),
        (one("in", value=[]), "filters.value"),
        (one("in", value=["a", 1]), "filters.value"),
        (one("in", value=[True, 1]), "filters.value"),
        (one("in", value=["a"] * 65), "filters.value"),
        (one("gt"), "filters.value"),
        (one("gt", value=True), "filters.value"),
        (one("gt", value=0.5), "filters.value"),
        (one("gt", "expires_at", "soon"), "filters.value"),
        (one("gt", "expires_at", 1e300), "filters.value"),
        (one("gt", "expires_at", True), "filters.value"),
        (one(key="source", value="kb"), "filters.value"),
        (one(key="source", value=3), "filters.value"),
        (one(more=1), "filters.more"),
        ({"type": "and"}, "filters.filters"),
        ({"type": "and", "filters": []}, "filters.filters"),
        ({"type": "or", "filters": [EQ, one("eq", "a", {})]}, "filters.filters[1].value"),
        ({"type": "or", "filters": [EQ] * 65}, "filters"),
        (nested(9), "filters"),
    ],
    ids=str,
)
def test_what_is_no_filter_is_refused_by_its_place(wrong, param):
    with pytest.raises(BadRequest) as caught:
        filters(wrong, "filters")

    assert caught.value.param == param
    assert caught.value.message.endswith(".")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.sampled_from(["eq", "and"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "key", "value", "filters"]) | st.text(max_size=3), inner, max_size=4)
    ),
)


@given(ANYTHING, st.sampled_from(["eq", "gt", "in", "and"]), st.sampled_from(["team", "source", "expires_at"]))
def test_anything_else_is_a_filter_or_a_bad_request(value, kind, key):
    for body in (value, one(kind, key, value), {"type": kind, "filters": value}):
        try:
            read = filters(body, "filters")
        except BadRequest as error:
            assert (error.param or "").startswith("filters")
        else:
            assert read is None or isinstance(read, Compared | AllOf | AnyOf)


@pytest.mark.parametrize(("options", "score"), [(None, 0), ({}, 0), ({"ranker": "auto", "score_threshold": 0.5}, 0.5)])
def test_the_least_score_is_read(options, score):
    assert score_threshold(options, "ranking_options") == score


@pytest.mark.parametrize("wrong", [3, {"score_threshold": True}, {"score_threshold": 1.1}, {"score_threshold": "1"}])
def test_a_score_that_no_chunk_can_have_is_refused(wrong):
    with pytest.raises(BadRequest) as caught:
        score_threshold(wrong, "ranking_options")

    assert (caught.value.param or "").startswith("ranking_options")
