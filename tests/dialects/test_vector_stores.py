import pytest

from gateway.dialects.vector_stores import CALLER, SearchDialect, queries
from gateway.domain.chat import Search
from gateway.domain.errors import BadRequest
from gateway.domain.filters import Compared, Comparison

KB = SearchDialect("kb")


def test_a_search_is_of_its_collection_and_for_the_caller():
    request = KB.parse({"query": "q"})

    assert (request.model, request.searches, request.question) == (CALLER, (Search("kb", 10),), "q")


def test_several_queries_are_searched_for_as_one():
    request = KB.parse({"query": ["a", "b"], "max_num_results": 3})

    assert (request.question, queries(request.raw), request.searches[0].top_k) == ("a\nb", ["a", "b"], 3)


def test_filters_and_the_least_score_are_read():
    body = {"filters": {"type": "ne", "key": "team", "value": "hr"}, "ranking_options": {"score_threshold": 0.2}}

    [search] = KB.parse({"query": "q", **body}).searches

    assert search == Search("kb", 10, Compared("team", Comparison.NE, ("hr",)), 0.2)


def test_a_model_may_be_named_that_the_results_are_meant_for():
    assert KB.parse({"query": "q", "model": "gpt"}).model == "gpt"


def test_the_query_is_the_users_and_any_other_string_is_text():
    request = KB.parse({"query": "q", "novel": "n"})

    assert {(text.value, text.kind) for text in request.texts} >= {("q", "user"), ("n", "other")}


def test_what_was_found_stands_beside_the_query():
    assert KB.with_message({"query": "q"}, "found") == ({"query": "q", "context": "found"}, ("context",))


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({}, "query"),
        ({"query": []}, "query"),
        ({"query": ["a", 1]}, "query"),
        ({"query": "q", "filters": {"type": "eq"}}, "filters.key"),
        ({"query": "q", "ranking_options": 3}, "ranking_options"),
        ({"query": "q", "ranking_options": {"score_threshold": "high"}}, "ranking_options.score_threshold"),
        ({"query": "q", "max_num_results": 0}, "max_num_results"),
        ({"query": "q", "stream": True}, "stream"),
    ],
)
def test_a_malformed_request_names_the_field(wrong, param):
    with pytest.raises(BadRequest) as caught:
        KB.parse(wrong)

    assert caught.value.param == param
