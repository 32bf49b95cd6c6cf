from hypothesis import given
from hypothesis import strategies as st

from gateway.detectors.batches import batches, size


@given(st.lists(st.text(max_size=30)), st.integers(1, 60))
def test_every_text_is_in_one_batch_whole_and_in_order(texts: list[str], most: int) -> None:
    made = [list(batch) for batch in batches(texts, most)]

    assert [text for batch in made for text in batch] == texts
    assert all(made)
    assert all(len(batch) == 1 or sum(map(size, batch)) <= most for batch in made)


@given(st.text())
def test_a_size_is_that_of_utf8(text: str) -> None:
    assert size(text) == len(text.encode("utf-8", "surrogatepass"))


def test_batches_are_as_long_as_they_may_be() -> None:
    assert list(batches(["a", "bb", "c", "dd"], 3)) == [["a", "bb"], ["c", "dd"]]
