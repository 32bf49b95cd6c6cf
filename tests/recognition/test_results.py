from gateway.recognition.results import NOTHING, Match, Recognition


def test_everything_that_is_explained_is_told_in_order():
    own = Match("acme", (), ((40, 50), (0, 10)), 1.0, 0.5)
    other = Match("globex", (), ((20, 30),), 1.0, 0.2)

    assert Recognition((own,), (other,)).spans == ((0, 10), (20, 30), (40, 50))
    assert NOTHING.spans == ()
