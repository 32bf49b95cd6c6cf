import pytest

from gateway.dialects.filesearch import searched
from gateway.domain.chat import Cites
from gateway.domain.errors import BadRequest
from gateway.domain.filters import Compared, Comparison

OURS = frozenset({"kb", "hr"})
FUNCTION = {"type": "function", "name": "f"}


def tool(*names: object, **more: object) -> dict:
    return {"type": "file_search", "vector_store_ids": list(names), **more}


def test_a_body_without_a_search_of_ours_is_the_same_object():
    for tools in (None, "x", [], [FUNCTION], [tool("vs_1")], [{"type": "file_search"}], [tool({"a": 1})]):
        body = {"tools": tools}

        assert searched(body, OURS) == (body, [], frozenset())
        assert searched(body, OURS)[0] is body


def test_our_collections_are_searched_here_and_others_there():
    body, searches, _ = searched({"tools": [FUNCTION, tool("kb", "vs_1", "kb", max_num_results=7), tool("hr")]}, OURS)

    assert body == {"tools": [FUNCTION, tool("vs_1", max_num_results=7)]}
    assert [(search.collection, search.top_k) for search in searches] == [("kb", 7), ("hr", 20)]


def test_filters_and_the_least_score_go_with_every_search_of_ours():
    wish = {"filters": {"type": "eq", "key": "team", "value": "hr"}, "ranking_options": {"score_threshold": 0.3}}

    body, searches, _ = searched({"tools": [tool("kb", "hr", "vs_1", **wish)]}, OURS)

    same = (Compared("team", Comparison.EQ, ("hr",)), 0.3)
    assert [(one.filters, one.score_threshold) for one in searches] == [same, same]
    assert body == {"tools": [tool("vs_1", **wish)]}


@pytest.mark.parametrize(
    ("choice", "left"),
    [
        ("auto", {"tool_choice": "auto"}),
        ("required", {}),
        ({"type": "file_search"}, {}),
        ({"type": "function", "name": "f"}, {"tool_choice": {"type": "function", "name": "f"}}),
    ],
)
def test_a_tool_that_is_gone_cannot_be_chosen(choice: object, left: dict):
    body, _, _ = searched({"tools": [tool("kb")], "tool_choice": choice}, OURS)

    assert body == left


@pytest.mark.parametrize(
    ("included", "left", "results"),
    [
        (None, None, False),
        ([], [], False),
        (["file_search_call.results"], [], True),
        (["reasoning.encrypted_content", "file_search_call.results"], ["reasoning.encrypted_content"], True),
    ],
)
def test_a_caller_is_told_of_our_search_and_says_whether_with_results(included, left, results):
    body, _, cites = searched({"tools": [tool("kb")], "include": included}, OURS)

    assert body == {"include": left}
    assert cites == {Cites.SEARCH} | ({Cites.SEARCH_RESULTS} if results else set())


def test_results_of_a_search_that_a_provider_makes_stay_wished_for():
    wish = {"tools": [tool("kb", "vs_1")], "include": ["file_search_call.results"]}

    assert searched(wish, OURS)[0] == {**wish, "tools": [tool("vs_1")]}


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"filters": {"type": "eq"}}, "tools[0].filters.key"),
        ({"ranking_options": {"score_threshold": 2}}, "tools[0].ranking_options.score_threshold"),
        ({"max_num_results": 51}, "tools[0].max_num_results"),
    ],
)
def test_what_cannot_be_searched_is_refused(wrong: dict, param: str):
    with pytest.raises(BadRequest) as caught:
        searched({"tools": [tool("kb", **wrong)]}, OURS)

    assert caught.value.param == param
