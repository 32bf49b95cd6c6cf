from datetime import UTC, datetime

import orjson
import pytest

from gateway.api.replies import error_response, json_bytes, json_response
from gateway.domain.documents import Source
from gateway.domain.errors import NotFound
from gateway.domain.facts import Facts


def test_the_domains_values_have_a_json_form():
    value = {"source": Source("s3://b", "k"), "facts": Facts(a=("x",)), "roles": frozenset({"b", "a"}),
             "at": datetime(2026, 1, 1, tzinfo=UTC)}  # fmt: skip

    assert orjson.loads(json_bytes(value)) == {
        "source": {"namespace": "s3://b", "name": "k"},
        "facts": {"a": ["x"]},
        "roles": ["a", "b"],
        "at": "2026-01-01T00:00:00+00:00",
    }


def test_what_has_no_json_form_is_an_error():
    with pytest.raises(TypeError):
        json_bytes(object())


def test_replies_carry_status_and_type():
    assert json_response([1]).headers["content-type"] == "application/json"
    assert error_response(NotFound("nothing")).status_code == 404
