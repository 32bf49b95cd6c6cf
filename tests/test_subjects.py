from contextlib import closing

from gateway.investigation import Investigation
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.questions import Questions
from gateway.stores.subjects import SQLSubjects
from gateway.stores.versions import SQLVersions
from gateway.subjects import Subjects
from tests.stores.material import run


def test_everything_about_a_person_is_told_and_nothing_about_others(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append([*run(end_user="u-1"), *run(end_user="u-2"), *run(end_user="u-1")])
    with closing(Questions(url)) as questions, closing(open_ledger(url)) as ledger, closing(SQLLog(url, "x")) as log:
        subjects = Subjects(SQLSubjects(questions), Investigation(ledger, SQLVersions(questions), log))
        found = subjects.record("u-1", "acme", limit=1)
        rest = subjects.record("u-1", "acme", limit=1, cursor=found.cursor)

    assert (found.subject, found.total, rest.cursor) == ("u-1", 2, "")
    assert {one.record.end_user for page in (found, rest) for one in page.responses} == {"u-1"}
    assert found.responses[0].record.answer == "You may."
    assert found.responses[0].prompt.texts[0].text == "May I, u-1, ask?"
