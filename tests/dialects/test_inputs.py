import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.inputs import check, entered, last_text
from gateway.domain.errors import BadRequest

IDS = st.lists(st.integers(0, 100_000), min_size=1)


@pytest.mark.parametrize("value", ["", "x", ["x"], ["x", "y"], [1, 2], [[1], [2, 3]], [{"type": "text", "text": "x"}]])
def test_texts_parts_and_ids_of_tokens_are_inputs(value):
    check(value, "input")

    assert list(entered(value, ("input",)))


@pytest.mark.parametrize(
    ("value", "param"),
    [(None, "input"), (1, "input"), ([], "input"), ([1, "x"], "input"), ([True], "input"), ([1.5], "input"),
     ([[]], "input[0]"), ([[1], ["x"]], "input[1]"), ({"text": "x"}, "input")],
)  # fmt: skip
def test_anything_else_is_refused_with_its_place(value, param):
    with pytest.raises(BadRequest) as caught:
        check(value, "input")

    assert caught.value.param == param


def test_every_text_has_its_place():
    found = [(text.path, text.value, text.kind) for text in entered(["a", "b"], ("input",))]

    assert found == [(("input", 0), "a", "user"), (("input", 1), "b", "user")]


@given(IDS, st.lists(IDS, min_size=1))
def test_ids_of_tokens_are_one_unread_text_each(one: list[int], several: list[list[int]]):
    assert [text.kind for text in entered(one, ("input",))] == ["binary"]
    assert [(text.path, text.kind) for text in entered(several, ("input",))] == [
        (("input", position), "binary") for position in range(len(several))
    ]


def test_the_last_text_is_what_people_recognise():
    assert last_text(["a", "b"]) == "b"
    assert last_text([[1, 2]]) == ""
