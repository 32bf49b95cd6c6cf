import pytest

from gateway.dialects.collections import azure, collections_of
from gateway.domain.chat import Search
from gateway.domain.errors import BadRequest
from gateway.domain.filters import Compared, Comparison

PUBLIC = {"type": "eq", "key": "classification", "value": "public"}
FILTER = Compared("classification", Comparison.EQ, ("public",))


def test_a_collection_is_named_or_described():
    told = collections_of(["kb", {"name": "hr", "top_k": 3, "filters": PUBLIC, "score_threshold": 0.25}], "collections")

    assert told == [Search("kb"), Search("hr", 3, FILTER, 0.25)]
    assert collections_of(None, "collections") == []


@pytest.mark.parametrize(
    ("value", "param"),
    [
        ("kb", "collections"),
        ([""], "collections[0]"),
        (["kb", 3], "collections[1]"),
        ([{}], "collections[0].name"),
        ([{"name": "kb", "top_k": 0}], "collections[0].top_k"),
        ([{"name": "kb", "filters": {"type": "like"}}], "collections[0].filters.type"),
        ([{"name": "kb", "score_threshold": 2}], "collections[0].score_threshold"),
    ],
)
def test_what_is_no_collection_is_refused_where_it_stands(value, param):
    with pytest.raises(BadRequest) as refused:
        collections_of(value, "collections")

    assert refused.value.param == param


def test_azures_parameters_narrow_a_search():
    assert azure("kb", {"top_n_documents": 7, "filter": PUBLIC, "strictness": 3}, "p") == Search("kb", 7, FILTER, 0.4)
    assert azure("kb", {}, "p") == azure("kb", {"strictness": 1}, "p") == Search("kb", 5)


@pytest.mark.parametrize(
    ("parameters", "param"),
    [
        ({"filter": "classification eq 'public'"}, "p.filter"),
        ({"filter": {"type": "eq"}}, "p.filter.key"),
        ({"strictness": 6}, "p.strictness"),
        ({"strictness": True}, "p.strictness"),
        ({"top_n_documents": 0}, "p.top_n_documents"),
    ],
)
def test_a_wish_that_cannot_be_met_is_not_passed_over(parameters, param):
    with pytest.raises(BadRequest) as refused:
        azure("kb", parameters, "p")

    assert refused.value.param == param
