import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.stores.opening import open_store
from tests.commands.running import run
from tests.stores.material import run as recorded


@pytest.fixture
def url(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/lineage.db"
    monkeypatch.setenv("LINEWARD_STORE__URL", url)
    with closing(open_store(url)) as store:
        store.append([replace(event, at=datetime.now(UTC) - timedelta(days=40)) for event in recorded()])
    return url


def test_old_texts_are_counted_and_then_removed(url):
    run("db", "index")
    found = json.loads(run("search", "May I, u-1, ask?", "--json"))
    would = run("db", "retention", "--older-than", "30d", "--dry-run")
    done = json.loads(run("db", "retention", "--older-than", "30d", "--rebuild", "--json"))
    again = run("db", "retention", "--older-than", "30d")

    assert len(found["data"]) == 1
    assert "Would remove: 3 texts" in would
    assert (done["texts"], done["kind"]) == (3, "retention")
    assert done["rebuilt"]
    assert "Removed: 0 texts" in again
    assert json.loads(run("search", "May I, u-1, ask?", "--json", code=1))["data"] == []
    run("search", "--app", "support-bot")
    run("verify")


def test_an_age_must_be_named_somewhere(url):
    run("db", "retention", code=2)
    run("db", "retention", "--older-than", "long", code=2)
