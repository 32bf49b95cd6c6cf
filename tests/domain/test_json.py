import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.json import JSON, Name, place, replaced, strings

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def test_a_place_reads_as_people_write_it():
    assert place(("messages", 1, "content", 0, "text")) == "messages[1].content[0].text"


@given(VALUES)
def test_every_string_is_found_at_its_path(value: JSON):
    for path, text in strings(value):
        found = value
        for step in path:
            found = found[step]

        assert found == text


@given(VALUES, st.data())
def test_replacing_changes_one_string_and_nothing_else(value: JSON, data: st.DataObject):
    found = list(strings(value))
    if not found:
        return
    path, _ = data.draw(st.sampled_from(found))

    after = replaced(value, {path: "exchanged"})

    expected = [(at, "exchanged" if at == path else text) for at, text in found]
    assert list(strings(after)) == expected
    assert list(strings(value)) == found


def test_a_path_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        replaced({"a": 1}, {("a", "b"): "x"})


def test_keys_that_are_not_known_are_texts_as_well():
    found = strings({"role": {"a": 1}, "b": ["x"]}, (), {"role"})

    assert list(found) == [(("role", Name("a", 0)), "a"), ((Name("b", 1),), "b"), (("b", 0), "x")]


def test_keys_are_renamed_in_their_place_and_none_is_lost():
    value = {"x": {"one": 1, "two": "b"}, "y": 2}

    after = replaced(
        value, {("x", Name("one", 0)): "M", ("x", Name("two", 1)): "M", ("x", "two"): "c", (Name("x", 0),): "z"}
    )

    assert list(after.items()) == [("z", {"M": 1, "M_2": "c"}), ("y", 2)]
    assert place(("x", Name("secret", 3))) == "x.*[3]"


def test_a_key_that_is_not_there_cannot_be_renamed():
    with pytest.raises(KeyError):
        replaced({"a": 1}, {(Name("b", 0),): "c"})
