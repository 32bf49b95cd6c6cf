import pytest

from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.loaders.json import JSONLoader

SOURCE = Source("file", "/kb")


def read(text: str):
    return [(one.id, one.text) for one in JSONLoader().load(text.encode(), SOURCE, "a.json")]


@pytest.mark.parametrize("form", ["{}", '{{"documents": {}}}'])
def test_a_list_of_documents_is_read_as_such(form):
    assert read(form.format('[{"id": "x", "text": "one"}, {"text": "two"}]')) == [("x", "one"), ("a.json#1", "two")]


@pytest.mark.parametrize("text", ['{"a": [1, 2]}', "[]", '["a"]', '[{"text": 1}]', '"text"', "", "12"])
def test_every_other_value_is_one_text(text):
    assert read(text) == [("a.json", text)]


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '[{"text": "a", "labels": {"tenant": "x"}}]', "nul"])
def test_what_cannot_be_read_is_refused_by_name(text):
    with pytest.raises(BadRequest, match=r"a\.json"):
        read(text)
