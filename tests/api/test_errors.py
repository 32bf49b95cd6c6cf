import logging

import orjson

from gateway.api.errors import error_bytes, error_headers, internal
from gateway.domain.errors import PolicyViolation, ProviderRefused, RuleRef, Unauthenticated


def test_a_refusal_says_what_a_person_can_act_on():
    error = PolicyViolation(
        "No.", rules=[RuleRef("r1", "deny", "a@b.c")], findings=[("US_SSN", 2)], param="messages[0].content"
    )
    error.response_id = "0193"

    assert orjson.loads(error_bytes(error)) == {
        "error": {
            "message": "No.",
            "type": "policy_violation",
            "param": "messages[0].content",
            "code": "policy_violation",
            "lineward": {
                "response_id": "0193",
                "rules": [{"id": "r1", "action": "deny", "owner": "a@b.c"}],
                "findings": [{"entity": "US_SSN", "count": 2}],
            },
        }
    }
    assert (b"x-lineward-decision", b"denied") in error_headers(error)


def test_headers_help_the_client_on():
    limited = ProviderRefused("slow", status=429, retry_after="7")

    assert (b"retry-after", b"7") in error_headers(limited)
    assert (b"www-authenticate", b"Bearer") in error_headers(Unauthenticated("who?"))


def test_an_unforeseen_error_is_logged_by_type_and_place_never_by_its_words(caplog):
    caplog.set_level(logging.ERROR)
    try:
        raise ValueError("secret prompt text")
    except ValueError as exc:
        told = internal(exc, "0193")

    assert told.response_id == "0193"
    assert "ValueError" in caplog.text and "test_errors.py" in caplog.text
    assert "secret" not in caplog.text and "secret" not in told.message
