import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.embeddings import EMBEDDINGS
from gateway.domain.chat import Delta
from gateway.domain.errors import BadRequest


def answer(embedding: object, **more: object) -> Delta:
    item = {"object": "embedding", "index": 0, "embedding": embedding, **more}
    return Delta({"object": "list", "model": "m", "data": [item], "usage": {"prompt_tokens": 1}})


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_a_vector_is_no_text_in_either_form(vector: list[float]):
    packed = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()

    assert EMBEDDINGS.fragments(answer(vector)) == []
    assert EMBEDDINGS.fragments(answer(packed)) == []


@pytest.mark.parametrize("hidden", ["Call me.", [0.5, "Call me."], {"a": "Call me."}])
def test_what_stands_where_a_vector_should_is_judged(hidden):
    assert [one.text for one in EMBEDDINGS.fragments(answer(hidden))] == ["Call me."]


def test_what_stands_beside_a_vector_is_judged():
    found = EMBEDDINGS.fragments(Delta({**answer([0.5], note="a").raw, "warning": "b"}))

    assert [(EMBEDDINGS.place(one), one.text) for one in found] == [("warning", "b"), ("data[0].note", "a")]


def test_items_that_are_no_objects_are_judged():
    assert [one.text for one in EMBEDDINGS.fragments(Delta({"data": ["a"]}))] == ["a"]


def test_an_answer_has_data():
    assert EMBEDDINGS.is_answer(answer([0.5]).raw)
    assert not EMBEDDINGS.is_answer({"choices": []})


def test_the_input_is_the_question_and_documents_are_refused():
    assert EMBEDDINGS.parse({"model": "m", "input": "Why?"}).question == "Why?"
    with pytest.raises(BadRequest):
        EMBEDDINGS.parse({"model": "m", "input": "Why?", "documents": ["x"]})


def test_every_string_but_the_model_is_a_text():
    request = EMBEDDINGS.parse({"model": "m", "input": ["a"], "user": "u"})

    assert [(text.value, text.kind) for text in request.texts] == [("a", "user"), ("u", "other")]
