from gateway.domain.principals import Principal
from gateway.domain.runs import Intent, Outcome, RunEvent, RunState


def test_an_event_names_its_type_after_its_body():
    principal = Principal("bot", "acme")
    start = RunEvent("r", RunState.START, Intent(principal, "m", "p", "", False, "sha256:00"), "acme")
    end = RunEvent("r", RunState.COMPLETE, Outcome("allow"), "acme")

    assert (start.type, end.type) == ("intent", "outcome")
    assert start.id != end.id
