import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from gateway.stores.opening import open_store
from tests.commands.running import first_response, run
from tests.domain.reported import RUN, TABLE, dataset, run_event, tags
from tests.stores.material import reported

LATER = "0193a111-2222-7333-8444-555566667778"


@pytest.fixture
def known(config: str) -> str:
    """The demo, of whose source a job was reported."""
    settings = yaml.safe_load(Path(config).read_text())
    told = json.loads(run("upstream", "board/falcon-memo.md", "--config", config, "--json"))["data"][0]
    source, tenant = told["origins"][0]["source"], told["tenant"]
    inputs = [dataset(TABLE, tags=tags(("pii", "true", "SSN")))]
    event = run_event(inputs, [(source["namespace"], source["name"])], at=datetime.now(UTC).isoformat())
    with closing(open_store(settings["store"]["url"])) as store:
        store.append([reported(event, tenant=tenant)])
    return config


def test_a_document_a_source_and_a_response_are_followed_to_the_table(known: str):
    shown = run("upstream", "board/falcon-memo.md", "--config", known)
    source = json.loads(run("upstream", "board/falcon-memo.md", "--config", known, "--json"))["data"][0]["origins"][0]
    name = f"{source['source']['namespace']}/{source['source']['name']}"
    of_source = run("upstream", name, "--config", known)
    response = json.loads(run("upstream", first_response(known), "--config", known, "--json"))["data"][0]

    for text in (shown, of_source):
        flat = " ".join(text.replace("│", " ").replace("└──", " ").split())
        assert "airflow-prod/kb_ingest.embed" in flat and "SSN.pii=true" in flat and TABLE[1] in flat
    assert response["origins"][0]["upstream"][0]["inputs"][0]["dataset"]["name"] == TABLE[1]


def test_who_was_fed_by_the_table_is_told(known: str):
    fed = json.loads(run("impact", "/".join(TABLE), "--config", known, "--json"))
    by_run = json.loads(run("impact", RUN, "--kind", "run", "--config", known, "--json"))

    assert (fed["kind"], by_run["kind"]) == ("dataset", "run")
    assert fed["total"] == by_run["total"] > 0
    run("impact", LATER, "--kind", "run", "--config", known, code=1)


def test_what_is_not_known_ends_with_1(config: str):
    run("upstream", "s3://nowhere/x", "--config", config, code=1)
