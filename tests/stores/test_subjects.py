from contextlib import closing

import pytest

from gateway.domain.digests import new_id
from gateway.domain.errors import BadRequest
from gateway.domain.principals import Principal
from gateway.domain.runs import IncidentChanged, IncidentStep, Quarantined, RunEvent, RunState
from gateway.stores import subjects as stored
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from gateway.stores.subjects import SQLSubjects
from tests.stores.material import KB, run


@pytest.fixture
def subjects(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        for who in ("u-1", "u-2", "u-1", "", "u-1"):
            store.append(run(end_user=who))
        store.append(run(end_user="u-1", tenant="umbrella"))
    with closing(Questions(url)) as questions:
        yield SQLSubjects(questions)


def test_the_responses_of_a_person_come_a_page_at_a_time(subjects):
    first, cursor = subjects.responses("u-1", "acme", limit=2)
    second, end = subjects.responses("u-1", "acme", limit=2, cursor=cursor)

    assert (len(first), len(second), end) == (2, 1, "")
    assert len({*first, *second}) == 3 == subjects.total("u-1", "acme")


def test_nobody_has_the_responses_that_name_nobody(subjects):
    assert (subjects.responses("", "acme", limit=9), subjects.total("", "acme")) == (([], ""), 0)


def test_a_cursor_that_no_page_gave_is_refused(subjects):
    with pytest.raises(BadRequest):
        subjects.responses("u-1", "acme", limit=9, cursor="x")


def test_what_people_wrote_of_somebody_is_told_newest_first(database, monkeypatch):
    monkeypatch.setattr(stored, "PAGE", 1)
    soc, url = Principal("soc", "acme"), database.prepared()
    steps = [
        IncidentChanged(new_id(), IncidentStep.NOTED, soc, "U-1 called."),
        IncidentChanged(new_id(), IncidentStep.NOTED, soc, "u-10 called."),
        IncidentChanged(new_id(), IncidentStep.ADDED, soc, items=("subject/u-1",)),
        Quarantined(KB, "x", "as u-1 asked"),
    ]
    with closing(open_store(url)) as store, closing(Questions(url)) as questions:
        store.append([RunEvent(new_id(), RunState.COMPLETE, step, "acme") for step in steps])
        found, nobody = SQLSubjects(questions), SQLSubjects(questions).notes("", "acme")
        notes, other = found.notes("u-1", "acme"), found.notes("u-1", "umbrella")

    assert [(note.index, note.kind, note.text) for note in notes] == [
        (3, "quarantine", "as u-1 asked"), (2, "incident", ""), (0, "incident", "U-1 called."),
    ]  # fmt: skip
    assert (nobody, other) == ([], [])
