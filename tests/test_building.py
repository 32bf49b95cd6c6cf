import base64
import time
from pathlib import Path

import psutil
import pytest
import yaml

from gateway.building import build
from gateway.domain.errors import ConfigurationError
from gateway.domain.scopes import Scope
from gateway.domain.turns import Turn
from gateway.settings import load
from tests.journeys.house import configuration
from tests.stores.databases import rows


def built(folder: Path, **changes: object):
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(configuration(folder, "http://127.0.0.1:9/v1", **changes)))
    return build(load(path, {"UPSTREAM_KEY": "sk"}))


async def test_the_active_policies_are_an_event_in_the_log(tmp_path: Path):
    gateway = built(tmp_path)
    await gateway.start()
    stats = gateway.ledger.stats()
    await gateway.stop()

    assert stats.events == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"detectors": [{"kind": "pattern"}]},
        {"detectors": [{"kind": "patterns", "entitys": ["US_SSN"]}]},
        {"detectors": [{"kind": "patterns", "pool": 2}]},
        {"detectors": [{"kind": "patterns", "pool": {"proceses": 2}}]},
        {"policies": {"path": "/nowhere"}},
        {"collections": [{"name": "kb", "croma": {"path": "x"}}]},
    ],
)
def test_what_cannot_be_built_is_told_before_anything_is_served(tmp_path: Path, changes: dict):
    with pytest.raises(ConfigurationError) as caught:
        built(tmp_path, **changes)

    assert str(caught.value)


@pytest.mark.parametrize(("retention", "days"), [("5d", 5), ("60d", 30)])
async def test_conversations_are_kept_no_longer_than_texts(tmp_path: Path, retention: str, days: int):
    vault = {"url": f"sqlite:///{tmp_path}/vault.db", "keys": {"a": base64.b64encode(bytes(32)).decode()}}
    url = f"sqlite:///{tmp_path}/lineward.db"
    gateway = built(tmp_path, vault=vault, store={"url": url, "retention": retention})
    assert gateway.turns is not None
    gateway.turns.keep(Scope("acme", "bot", "jane", "c"), Turn("r-1", "", "c", "run", []))
    await gateway.stop()
    ((expires,),) = rows(f"sqlite:///{tmp_path}/vault.db", "SELECT expires FROM turn_1")

    assert abs(expires - time.time() - days * 86_400) < 60


async def test_a_detector_with_a_pool_works_in_processes_that_end_with_the_gateway(tmp_path: Path):
    pool = {"processes": 1, "timeout": "5s", "wait": True}
    gateway = built(tmp_path, detectors=[{"kind": "patterns", "pool": pool}, {"kind": "secrets"}])
    await gateway.start()
    [worker] = psutil.Process().children()
    [found] = await gateway.detector.find(["write to someone@example.com"])
    await gateway.stop()

    assert [finding.entity for finding in found] == ["EMAIL_ADDRESS"]
    assert gateway.loaded()["detectors"] == ["patterns-1", "secrets-1"]
    assert not psutil.pid_exists(worker.pid)


def under(folder: Path, rule: str, **changes: object):
    """Return the gateway built under one *rule* about findings."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "p.yaml").write_text(f"version: 1\nrules:\n- {{id: r, target: finding, {rule}}}\n")
    return built(folder, policies={"path": f"{folder}/own", "strict": False, **changes})


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("match: {finding.entity: PERSON}, effect: mask", "can find PERSON now (NER off"),
        ("match: {finding.entity: CODE_NAME}, effect: deny", "can find CODE_NAME now (the rule"),
        ("match: {finding.entity: US_SSN}, effect: hash", "configure policies.hash_key"),
    ],
)
def test_a_policy_that_cannot_do_what_it_says_is_refused_before_a_store_is_made(tmp_path: Path, rule: str, told: str):
    with pytest.raises(ConfigurationError) as caught:
        under(tmp_path, rule)

    assert f"{tmp_path}/own/p.yaml:3: rule 'r'" in str(caught.value) and told in str(caught.value)
    assert not (tmp_path / "lineward.db").exists()


async def test_a_key_for_hashing_lets_a_rule_hash(tmp_path: Path):
    gateway = under(tmp_path, "match: {finding.entity: US_SSN}, effect: hash", hash_key="${UPSTREAM_KEY}" * 16)
    await gateway.start()
    await gateway.stop()

    assert gateway.settings.policies.hash_key is not None
