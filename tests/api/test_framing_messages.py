import json

import pytest

from gateway.api.framing_messages import MessagesFraming
from gateway.domain.chat import Delta
from gateway.domain.errors import (
    BadRequest,
    GatewayError,
    GuardUnavailable,
    NotFound,
    PolicyViolation,
    ProviderFailed,
    ProviderRefused,
    RuleRef,
    TooLarge,
    Unauthenticated,
)


def test_an_event_has_the_name_of_its_type_and_its_bytes_as_they_came():
    framing = MessagesFraming()

    assert framing.event(Delta({"type": "ping"}, b'{ "type":"ping" }')) == b'event: ping\ndata: { "type":"ping" }\n\n'
    assert framing.event(Delta({"type": "ping"})) == b'event: ping\ndata: {"type":"ping"}\n\n'
    assert framing.end() == b""


@pytest.mark.parametrize("kind", [None, 7, "a\ndata: b", ""])
def test_a_type_that_is_no_name_names_no_event(kind: object):
    assert MessagesFraming().event(Delta({"type": kind})).startswith(b"event: message\ndata: {")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (BadRequest("x"), "invalid_request_error"),
        (Unauthenticated("x"), "authentication_error"),
        (PolicyViolation("x", rules=()), "permission_error"),
        (NotFound("x"), "not_found_error"),
        (TooLarge("x"), "request_too_large"),
        (ProviderRefused("x", status=422), "invalid_request_error"),
        (ProviderRefused("x", status=429), "rate_limit_error"),
        (GatewayError("x"), "api_error"),
        (ProviderFailed("x"), "api_error"),
        (GuardUnavailable("x"), "overloaded_error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_error_has_anthropics_type(error: GatewayError, kind: str):
    told = json.loads(MessagesFraming().refusal(error))

    assert (told["type"], told["error"]["type"], told["error"]["message"]) == ("error", kind, "x")
    assert "request_id" not in told


def test_a_refusal_tells_what_a_person_can_act_on():
    error = PolicyViolation("No.", rules=[RuleRef("r", "deny", "o")], findings=[("US_SSN", 1)], param="messages[0]")
    error.response_id = "run-1"

    told = json.loads(MessagesFraming().refusal(error))

    assert told["request_id"] == "run-1"
    assert told["error"] == {
        "type": "permission_error",
        "message": "No.",
        "param": "messages[0]",
        "code": "policy_violation",
        "lineward": {
            "response_id": "run-1",
            "rules": [{"id": "r", "action": "deny", "owner": "o"}],
            "findings": [{"entity": "US_SSN", "count": 1}],
        },
    }


def test_a_stream_that_cannot_go_on_ends_with_an_error_event():
    framing = MessagesFraming()
    error = ProviderFailed("It broke off.")

    assert framing.broken(error) == b"event: error\ndata: %b\n\n" % framing.refusal(error)
