import pytest

from gateway.dialects.moderations import MODERATIONS, USUAL_MODEL
from gateway.domain.errors import BadRequest

PICTURE = "data:image/png;base64,AAAA"


def test_parts_are_read_and_pictures_are_not():
    parts = [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": {"url": PICTURE}}]
    request = MODERATIONS.parse({"model": "m", "input": parts})

    assert [(text.value, text.kind) for text in request.texts] == [("a", "user"), (PICTURE, "binary")]
    assert request.question == "a"


def test_without_a_model_it_is_the_one_that_openai_takes():
    request = MODERATIONS.parse({"input": "a"})

    assert (request.model, request.raw["model"]) == (USUAL_MODEL, USUAL_MODEL)


def test_it_needs_an_input():
    with pytest.raises(BadRequest) as caught:
        MODERATIONS.parse({"model": "m"})

    assert caught.value.param == "input"
