from gateway.domain.turns import Turn, said


def test_what_was_said_stays_in_order():
    chain = [Turn("a", "", "c", "r1", [{"x": 1}, {"x": 2}]), Turn("b", "a", "c", "r2", [{"x": 3}])]

    assert said(chain) == [{"x": 1}, {"x": 2}, {"x": 3}]
    assert said([]) == []
