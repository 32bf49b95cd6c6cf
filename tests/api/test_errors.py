import logging
from datetime import UTC, datetime

import orjson

from gateway.api.errors import error_bytes, error_detail, error_headers, internal
from gateway.domain.decisions import Decision, Effect, RuleHit, Target
from gateway.domain.errors import PolicyViolation, ProviderRefused, RuleRef, Unauthenticated
from gateway.redaction import refusal


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


def test_a_refusal_names_the_values_that_its_rule_read_and_what_can_be_done():
    values = (("chunk.readers", ("hr",)), ("chunk.expires_at", datetime(2026, 3, 1, tzinfo=UTC)))
    decision = Decision(Target.CHUNK, Effect.DENY, (RuleHit("r1", Effect.DENY, owner="a@b.c", values=values),))

    told = error_detail(refusal(decision))["lineward"]

    assert told["rules"][0]["values"] == {"chunk.readers": ["hr"], "chunk.expires_at": "2026-03-01T00:00:00+00:00"}
    assert told["remedy"] == decision.remedy


def test_whose_text_it_is_is_nobody_elses_business():
    values = (("chunk.tenant", "rival"), ("user.tenant", "acme"))
    decision = Decision(Target.CHUNK, Effect.DENY, (RuleHit("tenant-isolation", Effect.DENY, values=values),))

    assert "values" not in error_detail(refusal(decision))["lineward"]["rules"][0]
