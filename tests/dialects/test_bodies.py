import pytest

from gateway.dialects.bodies import check_has_no_context, check_is_whole
from gateway.dialects.moderations import MODERATIONS
from gateway.domain.chat import Delta
from gateway.domain.errors import BadRequest
from gateway.domain.json import Name

BODY = {"id": "m", "model": "x", "object": "o", "results": [{"note": "a", "n": 1}], "more": "b", "usage": {"n": 2}}


def test_every_string_but_the_protocols_own_is_a_text_and_whole():
    found = MODERATIONS.fragments(Delta(BODY))

    assert [(one.path, one.text, one.grows) for one in found] == [
        (("results", 0, Name("note", 0)), "note", False),
        (("results", 0, "note"), "a", False),
        (("more",), "b", False),
    ]
    assert [MODERATIONS.place(one) for one in found] == ["results[0].*[0]", "results[0].note", "more"]


def test_a_field_of_the_protocol_that_holds_more_than_a_word_is_text():
    found = MODERATIONS.fragments(Delta({"model": {"note": "a"}, "results": []}))

    assert [one.text for one in found] == ["note", "a"]


def test_one_body_is_the_whole_answer():
    assert MODERATIONS.ends(BODY) and not MODERATIONS.is_silent(BODY)
    assert MODERATIONS.parts(Delta(BODY)) == []
    assert MODERATIONS.is_answer(BODY) and not MODERATIONS.is_answer({"id": "m"})


def test_a_text_is_exchanged_in_its_place():
    changed = MODERATIONS.alone(Delta(BODY), ("results", 0, "note"), -1, "c")

    assert changed.raw == {**BODY, "results": [{"note": "c", "n": 1}]}


@pytest.mark.parametrize("usage", [{"prompt_tokens": 7}, {"total_tokens": 7}])
def test_tokens_are_told_in_either_name(usage):
    assert MODERATIONS.said({"model": "x", "usage": usage}).usage.prompt_tokens == 7


@pytest.mark.parametrize("name", ["documents", "collections", "data_sources", "stream"])
def test_what_has_no_meaning_is_refused(name):
    with pytest.raises(BadRequest) as caught:
        check_has_no_context({name: ["x"]})

    assert (caught.value.param, caught.value.code) == (name, "unsupported_parameter")


def test_a_stream_that_is_not_asked_for_is_no_mistake():
    check_is_whole({"stream": False})

    with pytest.raises(BadRequest):
        check_is_whole({"stream": True})


def test_documents_have_no_place():
    with pytest.raises(BadRequest, match="no conversation"):
        MODERATIONS.with_message({}, "x")
