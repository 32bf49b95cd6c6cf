from gateway.domain.turns import SEARCH, Turn, said


def test_what_was_said_stays_in_order():
    chain = [Turn("a", "", "c", "r1", [{"x": 1}, {"x": 2}]), Turn("b", "a", "c", "r2", [{"x": 3}])]

    assert said(chain) == [{"x": 1}, {"x": 2}, {"x": 3}]
    assert said([]) == []


def test_what_a_search_of_our_own_found_is_not_said_again():
    search = {"id": f"{SEARCH}run", "type": "file_search_call", "results": [{"text": "found"}]}

    assert said([Turn("a", "", "c", "r", [{"id": "m"}, search, {"id": 3}])]) == [{"id": "m"}, {"id": 3}]
