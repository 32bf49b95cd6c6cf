import pytest

from gateway.dialects.typed import mapping, names, string, top_k
from gateway.domain.errors import BadRequest


def test_what_is_there_and_right_is_returned():
    body = {"name": "kb", "tags": ["a", "b"], "n": 3}

    assert mapping(body) is body
    assert (string(body, "name"), string(body, "other")) == ("kb", "")
    assert (names(body["tags"], "tags"), names(None, "tags")) == (["a", "b"], [])
    assert top_k(body["n"], "n") == 3


@pytest.mark.parametrize(
    ("read", "param"),
    [
        (lambda: mapping(["x"]), None),
        (lambda: string({"name": 3}, "name", at="lineward."), "lineward.name"),
        (lambda: string({}, "name", required=True), "name"),
        (lambda: string({"name": ""}, "name", required=True), "name"),
        (lambda: names(["a", 3], "tags"), "tags"),
        (lambda: names("a", "tags"), "tags"),
        (lambda: top_k(0, "n"), "n"),
        (lambda: top_k(True, "n"), "n"),
        (lambda: top_k(51, "n"), "n"),
    ],
)
def test_anything_else_is_refused_by_the_name_of_the_field(read, param):
    with pytest.raises(BadRequest) as caught:
        read()

    assert caught.value.param == param
