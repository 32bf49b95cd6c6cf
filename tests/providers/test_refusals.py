import json

import pytest

from gateway.domain.errors import ProviderFailed, ProviderRefused
from gateway.providers.refusals import Complaint, broken_off, complaint, refusal


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"error": {"message": "m", "type": "t", "code": "c", "param": "p"}}, Complaint("m", "t", "c", "p")),
        ({"error": {"message": "m", "code": 429}}, Complaint("m", code="429")),
        ({"error": "m"}, Complaint("m")),
        ({"object": "error", "message": "m", "type": "t", "param": None, "code": 400}, Complaint("m", "t", "400")),
        ({"detail": "m"}, Complaint("m")),
        ({"detail": [{"loc": ["body"]}]}, Complaint()),
        ({"error": {"message": 7, "type": True, "code": "two words"}}, Complaint()),
        ([], Complaint()),
    ],
)
def test_each_shape_of_error_in_use_is_read(body, expected):
    assert complaint(json.dumps(body).encode()) == expected


def test_a_web_page_is_no_complaint():
    assert complaint(b"<html>Not found</html>") == Complaint()


@pytest.mark.parametrize("status", [400, 402, 404, 408, 413, 422, 429])
def test_the_providers_own_4xx_keep_status_and_words(status):
    error = refusal("p", status, Complaint("too big", "t", "c", "max_tokens"), retry_after="7")

    assert isinstance(error, ProviderRefused)
    assert (error.status, error.message, error.type, error.code, error.param) == (
        status,
        "too big",
        "t",
        "c",
        "max_tokens",
    )
    assert error.retry_after == "7"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_the_operators_business_not_the_callers(status):
    error = refusal("p", status, Complaint("Incorrect API key provided: sk-123"))

    assert not isinstance(error, ProviderRefused)
    assert (error.status, error.code) == (502, "provider_credentials_refused")
    assert "'p'" in error.message and "operator" in error.message and "sk-123" not in error.message


@pytest.mark.parametrize("status", [302, 500, 503, 529])
def test_any_other_status_is_a_failure_that_names_the_provider(status):
    error = refusal("p", status, Complaint("you said hunter2"))

    assert (type(error), error.status, error.code) == (ProviderFailed, 502, "provider_failed")
    assert error.message == f"Provider 'p' did not answer the request (HTTP {status})."


@pytest.mark.parametrize("message", ["", "  ", "<!doctype html><p>Bad request"])
def test_without_words_there_is_a_sentence(message):
    assert refusal("p", 400, Complaint(message)).message == "Provider 'p' refused the request (HTTP 400)."


def test_codes_and_types_are_never_missing():
    plain, limited = refusal("p", 400, Complaint("m")), refusal("p", 429, Complaint("m"))

    assert (plain.type, plain.code) == ("invalid_request_error", "provider_refused")
    assert (limited.type, limited.code) == ("rate_limit_error", "rate_limit_exceeded")


def test_the_gateways_key_is_struck_out_of_the_words():
    assert refusal("p", 400, Complaint("key sk-123 is old"), secret="sk-123").message == "key [key] is old"


def test_endless_words_are_cut():
    assert len(refusal("p", 400, Complaint("x" * 5000)).message) < 1010


@pytest.mark.parametrize("error", [{"message": "hunter2"}, "hunter2", ["hunter2"], {"code": "hunter2 said"}])
def test_an_error_in_the_place_of_an_answer_keeps_its_words_back(error):
    assert broken_off("p", error).message == "Provider 'p' broke off its answer."
