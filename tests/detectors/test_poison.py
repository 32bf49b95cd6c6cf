from gateway.detectors.poison import Poison


def test_what_was_not_added_is_not_held() -> None:
    poison = Poison()
    poison.add("bad")

    assert poison.holds(["good", "bad"])
    assert not poison.holds(["good", "badly"])
    assert not Poison().holds(["bad"])


def test_a_text_is_forgotten_after_its_lifetime() -> None:
    poison = Poison(lifetime=0)
    poison.add("bad")

    assert not poison.holds(["bad"])


def test_the_oldest_is_forgotten_when_there_are_too_many() -> None:
    poison = Poison(capacity=2)
    for text in ("a", "b", "\ud800"):
        poison.add(text)

    assert [poison.holds([text]) for text in ("a", "b", "\ud800")] == [False, True, True]
