from datetime import UTC, datetime, timedelta

from gateway.domain.incidents import added, folded, subjects
from gateway.domain.principals import Principal
from gateway.domain.runs import IncidentChanged, IncidentStep

SOC = Principal("soc", "acme", end_user="ann")
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


def steps(*what):
    for number, (step, text, items) in enumerate(what):
        yield number, BEGIN + timedelta(minutes=number), "acme", IncidentChanged("i", step, SOC, text, items)


def test_an_incident_is_what_its_steps_come_to():
    record = folded(
        steps(
            (IncidentStep.OPENED, "A leak", ()),
            (IncidentStep.ADDED, "", ("response/1", "document/a.md")),
            (IncidentStep.ADDED, "", ("document/a.md", "chunk/x")),
            (IncidentStep.REMOVED, "", ("response/1",)),
            (IncidentStep.NOTED, "Seen at noon.", ()),
            (IncidentStep.HELD, "case 7", ()),
            (IncidentStep.CLOSED, "", ()),
        )
    )

    assert (record.title, record.opened_by, record.held) == ("A leak", "soc ann", True)
    assert subjects(record) == ["document/a.md", "chunk/x"]
    assert [note.text for note in record.notes] == ["Seen at noon.", "held: case 7"]
    assert (record.closed_at, record.entries) == (BEGIN + timedelta(minutes=6), [*range(7)])


def test_an_item_counts_from_the_step_on_that_added_it_last():
    told = steps(
        (IncidentStep.OPENED, "A leak", ()),
        (IncidentStep.ADDED, "", ("document/a.md", "chunk/x")),
        (IncidentStep.ADDED, "", ("document/a.md", "document/b.md")),
        (IncidentStep.REMOVED, "", ("chunk/x",)),
        (IncidentStep.ADDED, "", ("chunk/x",)),
    )

    assert added(told) == {"document/a.md": 1, "document/b.md": 2, "chunk/x": 4}


def test_a_hold_ends_when_it_is_freed_and_nothing_comes_of_nothing():
    freed = folded(steps((IncidentStep.OPENED, "x", ()), (IncidentStep.HELD, "a", ()), (IncidentStep.FREED, "b", ())))

    assert not freed.held
    assert folded([]) is None
