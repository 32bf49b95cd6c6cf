import json

from gateway.api.framing_responses import ResponsesFraming
from gateway.domain.chat import Delta
from gateway.domain.errors import PolicyViolation, ProviderFailed, RuleRef
from tests.dialects.responded import said, streamed


def events(stream: bytes) -> list[tuple[str, dict]]:
    told = []
    for block in stream.decode().split("\n\n")[:-1]:
        name, data = block.split("\n")
        told.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return told


def test_events_that_nobody_changed_keep_their_bytes():
    framing = ResponsesFraming()

    written = framing.event(Delta({"type": "response.created", "sequence_number": 4}, b'{ "a":1 }'))

    assert written == b'event: response.created\ndata: { "a":1 }\n\n'
    assert framing.end() == b""


def test_numbers_have_no_gaps_when_events_come_and_go():
    framing = ResponsesFraming()
    added = Delta({"type": "response.output_text.annotation.added", "sequence_number": 2})
    deltas = [Delta({"type": "response.novel", "sequence_number": n}, b'{"sequence_number":%d}' % n) for n in range(6)]

    before = b"".join(framing.event(delta) for delta in [*deltas[:2], added, *deltas[2:3]])
    after = b"".join(framing.event(delta) for delta in deltas[4:])

    assert [event["sequence_number"] for _, event in events(before + after)] == [0, 1, 2, 3, 4, 5]
    assert after.count(b'{"sequence_number":') == 2


def test_an_event_without_a_number_gets_none():
    assert events(ResponsesFraming().event(Delta({"type": "x"}))) == [("x", {"type": "x"})]


def test_a_type_that_could_be_read_as_more_than_a_name_is_not_written():
    assert ResponsesFraming().event(Delta({"type": "a\ndata: b"}, b"{}")) == b"data: {}\n\n"


def test_a_stream_that_a_policy_ends_fails_with_its_reason():
    framing = ResponsesFraming()
    for raw in streamed((said("a"), ["a"]))[:5]:
        framing.event(Delta(raw))

    refusal = PolicyViolation("No.", rules=[RuleRef("r", "deny")], findings=[("US_SSN", 1)])
    ((name, event),) = events(framing.broken(refusal))

    assert (name, event["type"], event["sequence_number"]) == ("response.failed", "response.failed", 5)
    assert (event["response"]["id"], event["response"]["status"]) == ("resp_1", "failed")
    assert event["response"]["error"] == {
        "code": "policy_violation",
        "message": "No.",
        "lineward": {"rules": [{"id": "r", "action": "deny"}], "findings": [{"entity": "US_SSN", "count": 1}]},
    }


def test_a_stream_that_never_spoke_fails_in_the_same_form():
    ((_, event),) = events(ResponsesFraming().broken(ProviderFailed("It broke off.")))

    assert (event["response"]["error"]["code"], event["response"]["object"]) == ("provider_failed", "response")


def test_a_refusal_is_openais_error_object():
    assert json.loads(ResponsesFraming().refusal(ProviderFailed("No.")))["error"]["code"] == "provider_failed"


def test_lineage_is_an_event_of_its_own():
    ((name, event),) = events(ResponsesFraming().lineage({"id": "r"}))

    assert (name, event["lineward"]) == ("lineward.lineage", {"id": "r"})
