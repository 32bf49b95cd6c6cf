from contextlib import closing

import pytest

from gateway.domain.runs import Intent, Outcome
from gateway.stores.connecting import parsed, writing
from gateway.stores.entries import SQLEntries
from gateway.stores.opening import open_store
from tests.stores.material import activated, ended, intent, outcome, run, started


@pytest.fixture(scope="module")
def url(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append([*run(), activated(), *run()])
    return url


@pytest.fixture
def entries(url):
    with closing(SQLEntries(url)) as opened:
        yield opened


def test_the_log_is_read_in_order_from_any_place(entries):
    page = entries.after(1, 3)

    assert entries.size() == 5
    assert [entry.index for entry in page] == [1, 2, 3]
    assert isinstance(page[0].event.body, Outcome) and isinstance(page[2].event.body, Intent)
    assert page[0].event.run == entries.after(0, 1)[0].event.run
    assert entries.after(5, 3) == []


def test_what_was_said_comes_with_its_texts(tmp_path):
    """Of who asked, what was asked and answered, and of nothing else."""
    url = f"sqlite:///{tmp_path}/lineage.db"
    start = started(intent(question="How long?"))
    with closing(open_store(url)) as store:
        elsewhere = run(tenant="other", question="How long?", content={})
        store.append([start, ended(start, outcome("Thirty days.")), activated(), *elsewhere])
    with closing(SQLEntries(url)) as entries:
        asked, answered, policy, elsewhere, _ = entries.said(0, 9)

    assert (asked.index, asked.kind, asked.run, asked.tenant) == (0, "intent", start.run, start.tenant)
    assert (asked.text, asked.caller) == ("How long?", ("support-bot", "u-1"))
    assert (answered.kind, answered.text, answered.caller) == ("outcome", "Thirty days.", None)
    assert (policy.kind, policy.digest, policy.text) == ("policy", "", None)
    assert (elsewhere.tenant, elsewhere.text) == ("other", None)


def test_the_time_of_an_entry_is_told(entries):
    assert entries.at(4) == entries.after(4, 1)[0].event.at
    assert entries.at(5) is None


def test_an_entry_that_cannot_be_read_is_passed_over_and_told(tmp_path, caplog):
    url = f"sqlite:///{tmp_path}/lineage.db"
    with closing(open_store(url)) as store:
        store.append([*run(), activated()])
    with closing(writing(parsed(url))) as connection:
        connection.cursor().execute("UPDATE event SET detail = ? WHERE idx = 1", (b"\x01nothing",))
    with closing(SQLEntries(url)) as entries:
        read = [[entry.index for entry in some] for some in (entries.after(0, 9), entries.said(0, 9))]

    assert read == [[0, 2], [0, 2]]
    assert caplog.text.count("entry 1") == 2
