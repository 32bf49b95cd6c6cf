from contextlib import closing

import pytest

from gateway.domain.digests import digest, new_id
from gateway.domain.runs import PolicyActivated, RunEvent, RunState
from gateway.stores.activations import SQLActivations, activations
from gateway.stores.connecting import parsed, reading
from gateway.stores.opening import open_store
from gateway.stores.questions import NEWEST, Questions
from gateway.stores.statements import Statements
from tests.stores.material import run

FIRST, SECOND = digest("first"), digest("second")
FILES = {"a.yaml": "version: 1\n# why\n", "b.yaml": "version: 1\n"}


def activated(policy, files=None):
    body = PolicyActivated(policy, ("r-1", "r-2"), "policies", files or {})
    return RunEvent(new_id(), RunState.COMPLETE, body, "")


@pytest.fixture(scope="module")
def url(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append([*run(), activated(FIRST, FILES), *run(), activated(SECOND, {"b.yaml": "2"})])
        store.append([activated(FIRST), activated(digest("unknown")), *run()])
    return url


@pytest.fixture
def known(url):
    with closing(Questions(url)) as questions:
        yield SQLActivations(questions)


def test_the_last_activation_is_found_among_all_entries(known):
    assert (known.last().digest, known.last().index) == (digest("unknown"), 7)


def test_the_files_of_a_set_are_found_with_whichever_activation_brought_them(known):
    assert known.files(FIRST) == FILES
    assert known.files(digest("unknown")) is None
    assert known.files(digest("never")) is None


def test_sets_are_found_by_the_beginning_of_their_digest(known):
    assert known.matching("sha256:") == [SECOND, FIRST]
    assert known.matching(FIRST[:16]) == [FIRST]


def test_the_history_is_told_page_by_page_the_newest_first(known):
    page, cursor = known.history(limit=3)
    rest, end = known.history(limit=3, cursor=cursor)

    assert [one.index for one in [*page, *rest]] == [7, 6, 5, 2]
    assert (end, rest[0].origin, rest[0].rules) == ("", "policies", ("r-1", "r-2"))


def test_an_empty_log_knows_of_no_activation(tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    with closing(open_store(url)), closing(Questions(url)) as questions:
        assert SQLActivations(questions).last() is None


def test_they_are_found_without_a_look_at_the_others(tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    with closing(open_store(url)) as store:
        store.append([activated(FIRST)])
    asked = Statements(parsed(url)).compiled(activations(False))
    given = {**asked.usual, "before": NEWEST, "limit": 1}
    with closing(reading(parsed(url))) as connection:
        cursor = connection.cursor()
        cursor.execute(f"EXPLAIN QUERY PLAN {asked.text}", tuple(given[name] for name in asked.names))
        plan = str(cursor.fetchall())
        assert "ix_event_policy" in plan, plan
