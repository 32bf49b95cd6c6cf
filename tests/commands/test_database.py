import json
from contextlib import ExitStack, closing

import pytest
from rich.progress import Progress

from gateway.domain.searches import Wish
from gateway.domain.subjects import Subject
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger
from gateway.verification import verify_whole
from tests.commands.running import run
from tests.stores.databases import rows
from tests.stores.earlier import left_by, texts
from tests.stores.material import activated, document, edges, ended, entering, ingested, intent, outcome, started
from tests.stores.material import chunk as piece
from tests.stores.searchable import searchable


def test_stats_count_what_is_stored_and_tell_who_is_behind(config: str):
    stats = json.loads(run("db", "stats", "--config", config, "--json"))
    told = run("db", "stats", "--config", config)

    assert stats["responses"] >= 5
    assert stats["open_runs"] == []
    assert stats["documents"] > 20
    assert stats["index_bytes"] > 0
    assert "responses" in told and "search" in told
    assert "up to date" in run("db", "upgrade", "--config", config)
    assert json.loads(run("db", "upgrade", "--config", config, "--json")) == {"upgraded": True}


def test_the_index_is_brought_up_to_the_log_and_made_again(config: str):
    run("db", "index", "--config", config)
    behind = json.loads(run("db", "stats", "--config", config, "--json"))["following"]
    again = json.loads(run("db", "index", "--rebuild", "--config", config, "--json"))["entries"]
    told = run("db", "index", "--config", config)

    assert {lag["entries"] for lag in behind.values()} == {0}
    assert all(count > 0 for count in again.values())
    assert "0 entries taken, up to date" in told


@pytest.mark.parametrize("release", ["0001", "0003", "0008"])
def test_a_store_of_an_earlier_release_is_brought_up_to_date_with_all_it_holds(database, release, config, monkeypatch):
    """Its texts are sealed, its log is whole, and what it recorded is traced, counted and found."""
    page = document("returns.md", "Every toaster may be returned for thirty days.")
    asked = started(intent(*edges(piece(page.id, text=page.text, version=page.version)), question="May I return it?"))
    answered = ended(asked, outcome("Yes, for thirty days at the counter."))
    events = [activated(), ingested(entering(page)), asked, answered]
    url = left_by(database, release, events)
    before = rows(url, "SELECT COUNT(*) FROM blob")
    monkeypatch.setenv("LINEWARD_STORE__URL", url)
    told = run("db", "upgrade", "--config", config)

    with ExitStack() as stack:
        record = searchable(url, stack)
        record.catch_up()
        ledger, log = (stack.enter_context(closing(one)) for one in (open_ledger(url), SQLLog(url, "x")))
        found = ledger.response(asked.run, "acme")
        impact = ledger.impact(Subject.document("returns.md"), "acme", limit=9)
        hits = record.search.find(Wish("for thirty days at the counter"), "acme", limit=9)
        verdict = verify_whole(ledger, log, Progress(disable=True))

    kept = {text for event in events for text in texts(event).values()}
    sealed = str(rows(url, "SELECT text FROM sealed_text"))
    assert "up to date" in told
    assert (before, rows(url, "SELECT COUNT(*) FROM blob")) == ([(len(kept),)], [(0,)])
    assert not [text for text in kept if text in sealed]
    assert (found.question, found.answer, found.context[0].document) == (
        "May I return it?", "Yes, for thirty days at the counter.", "returns.md",
    )  # fmt: skip
    assert ([one.response for one in impact.responses], impact.by_state) == ([asked.run], {"sent": 1})
    assert [hit.id for hit in hits.data] == [asked.run]
    assert (verdict.faults, verdict.checked) == ([], 4)
