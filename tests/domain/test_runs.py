import pytest

from gateway.domain.principals import Principal
from gateway.domain.runs import Intent, Outcome, RunEvent, RunState, Usage


def test_an_event_names_its_type_after_its_body():
    principal = Principal("bot", "acme")
    start = RunEvent("r", RunState.START, Intent(principal, "m", "p", "", False, "sha256:00"), "acme")
    end = RunEvent("r", RunState.COMPLETE, Outcome("allow"), "acme")

    assert (start.type, end.type) == ("intent", "outcome")
    assert start.id != end.id


@pytest.mark.parametrize(
    ("earlier", "later", "together"),
    [
        (None, Usage(3, 4), Usage(3, 4)),
        (Usage(5, 1), Usage(0, 9), Usage(5, 9)),
        (Usage(5, 1), Usage(6, 0), Usage(6, 1)),
    ],
)
def test_a_later_count_is_completed_by_an_earlier_one(earlier: Usage | None, later: Usage, together: Usage):
    assert later.over(earlier) == together
