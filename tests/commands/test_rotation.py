import base64
import json
import os
from contextlib import closing

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.domain.digests import digest
from gateway.stores.masters import Masters
from gateway.stores.opening import open_store
from gateway.stores.texts import SQLTexts
from tests.commands.running import run
from tests.stores.material import run as recorded


@pytest.fixture
def url(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path}/lineage.db"
    monkeypatch.setenv("LINEWARD_STORE__URL", url)
    return url


def kept(url, masters):
    with closing(SQLTexts(url, masters)) as texts:
        return texts.kept("acme", [digest("You may.")])


def test_a_new_key_wraps_and_the_old_one_may_go(url, tmp_path):
    masters = Masters(tmp_path / "lineage.db.key")
    with closing(open_store(url)) as running:
        running.append(recorded())
        told = json.loads(run("db", "rotate-key", "--drop", "--json"))
        running.append(recorded(end_user="u-2"))

    assert told == {"wrapped": 3, "key": masters.known[0].hex(), "dropped": True}
    assert len(masters.known) == 1
    assert kept(url, None) == {digest("You may."): "You may."}


def test_keys_of_the_configuration_are_put_there_by_its_owner(url, tmp_path):
    keys = {name: base64.b64encode(os.urandom(32)).decode() for name in ("new", "old")}
    config = tmp_path / "gateway.yaml"
    shipped = (
        "providers: [{name: demo, kind: demo}]\nmodels: [{name: m, provider: demo}]\nretrievers: [{kind: inline}]\n"
    )
    rest = "detectors: [{kind: patterns}]\napplications: [{name: a, tenant: t, key_sha256: '" + "0" * 64 + "'}]\n"
    with closing(open_store(url, masters=Masters.parse({"old": keys["old"]}))) as store:
        store.append(recorded())
    config.write_text(f"store: {{keys: {json.dumps(keys)}}}\n{shipped}{rest}")
    told = run("db", "rotate-key", "--config", str(config))
    refused = CliRunner().invoke(app, ["db", "rotate-key", "--drop", "--config", str(config)])

    assert "3 keys are wrapped anew" in told
    assert refused.exit_code == 2
    assert kept(url, Masters.parse({"new": keys["new"]})) == {digest("You may."): "You may."}
