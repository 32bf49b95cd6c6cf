"""The life of a rule over HTTP: looked at, checked, tried on what was recorded, put in force while requests go on."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.errors import ConfigurationError
from tests.journeys.house import House, serving, sha256
from tests.journeys.upstream import Upstream, Whole, completion
from tests.waiting import until

Json = dict[str, Any]

ADMIN = {"authorization": "Bearer lw-test-policies"}
RIVAL = {"authorization": "Bearer lw-test-rival-policies"}


def rules(effect: str, more: str = "") -> str:
    return f"""
version: 1
rules:
- id: memos
  owner: secops@example.com
  target: chunk
  match: {{chunk.classification: confidential, dest.self_hosted: false}}
  effect: {effect}
  explain: "{{chunk.document}} stays"
{more}
tests:
- given: {{chunk: {{classification: confidential}}, dest: {{self_hosted: false}}}}
  expect: {{{effect}: memos}}
"""


@pytest.fixture(scope="module")
def living(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("living")
    admins = [
        {"name": "admin", "key_sha256": sha256("lw-test-policies"), "tenant": "acme", "roles": ["policy_admin"]},
        {"name": "rivals", "key_sha256": sha256("lw-test-rival-policies"), "tenant": "rival",
         "roles": ["policy_admin"]},
    ]  # fmt: skip
    policies = {"path": f"{folder}/policies", "watch": "50ms"}
    with serving(
        folder, upstream_server, rules=rules("drop_chunk"), more_applications=admins, policies=policies
    ) as house:
        yield house


@pytest.fixture
def house(living: House) -> House:
    living.upstream.says = [Whole(completion("Yes."))]
    write(living, rules("drop_chunk"))
    settled(living, "drop_chunk")
    return living


def write(house: House, text: str) -> None:
    (house.folder / "policies" / "rules.yaml").write_text(text)


def effect(house: House) -> str:
    told = house.http.get("/api/v1/policies", headers=ADMIN).json()
    return str(told["rules"][0]["effect"])


def settled(house: House, expected: str) -> None:
    until(lambda: effect(house) == expected)


def asked(house: House) -> str:
    """Return what becomes of a request with a confidential document."""
    document = {"id": "memo.md", "text": "The merger is in May.", "labels": {"classification": "confidential"}}
    body = {"model": "gpt", "messages": [{"role": "user", "content": "When?"}], "documents": [document]}
    reply = house.http.post("/v1/chat/completions", json=body)
    return reply.headers["x-lineward-decision"] if reply.status_code == 200 else reply.json()["error"]["code"]


def test_changed_files_decide_the_next_request_and_the_log_tells_since_when(house: House):
    before = house.http.get("/api/v1/policies", headers=ADMIN).json()
    assert asked(house) == "dropped:1"

    write(house, rules("deny"))
    settled(house, "deny")

    assert asked(house) == "policy_violation"
    told = house.http.get("/api/v1/policies", headers=ADMIN).json()
    newest, older = told["activations"]["data"][:2]
    assert (newest["digest"], older["digest"]) == (told["digest"], before["digest"])
    assert told["rules"][0]["tests"] == 1 and told["rules"][0]["file"] == "rules.yaml" and told["refused"] is None
    assert house.http.get("/readyz").json()["policy"] == {"digest": told["digest"], "rules": 1, "files": "active"}


def test_a_broken_file_changes_nothing_and_is_told(house: House):
    write(house, rules("deny").replace("owner: secops@example.com", "owners: [secops@example.com]"))

    reply = house.http.post("/api/v1/policies/activate", headers=ADMIN)

    assert reply.status_code == 409
    assert reply.json()["error"]["code"] == "policies_refused"
    assert "rules.yaml:5" in reply.json()["error"]["message"]
    assert asked(house) == "dropped:1"
    assert house.http.get("/readyz").json()["policy"]["files"] == "refused"
    assert "lineward_policy_files_refused 1.0" in house.http.get("/metrics").text
    assert "rules.yaml:5" in house.http.get("/api/v1/policies", headers=ADMIN).json()["refused"]


def test_activation_does_not_wait_for_the_files_to_be_noticed(house: House):
    write(house, rules("deny"))

    told = house.http.post("/api/v1/policies/activate", headers=ADMIN).json()

    assert told["changed"] is True and told["rules"] == 1
    assert asked(house) == "policy_violation"
    assert house.http.post("/api/v1/policies/activate", headers=ADMIN).json()["changed"] is False


def test_requests_go_on_while_policies_change_and_each_is_decided_by_one_set(house: House):
    digests = {effect(house): house.http.get("/api/v1/policies", headers=ADMIN).json()["digest"]}
    seen: set[str] = set()
    wrong: list[str] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            became = asked(house)
            seen.add(became)
            if became not in ("dropped:1", "policy_violation"):
                wrong.append(became)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for turn in range(6):
        write(house, rules("deny" if turn % 2 == 0 else "drop_chunk"))
        house.http.post("/api/v1/policies/activate", headers=ADMIN).raise_for_status()
    stop.set()
    for thread in threads:
        thread.join(20)

    assert wrong == [] and digests
    assert seen <= {"dropped:1", "policy_violation"}


def test_files_are_checked_without_being_put_in_force(house: House):
    broken = rules("deny").replace("chunk.classification:", "chunk.clasification:", 1)
    untested = rules("deny").partition("tests:")[0]

    good, bad, unready = (
        house.http.post("/api/v1/policies/check", json={"files": {"p.yaml": text}}, headers=ADMIN).json()
        for text in (rules("deny"), broken, untested)
    )

    assert good["accepted"] is True and [test["passed"] for test in good["tests"]] == [True]
    assert bad["accepted"] is False and "did you mean" in bad["problems"][0]["message"]
    assert unready["accepted"] is False and "No test" in unready["problems"][0]["message"]
    assert effect(house) == "drop_chunk"


def test_other_policies_are_tried_on_what_was_recorded_for_the_own_tenant_only(house: House):
    asked(house)

    files = {"files": {"p.yaml": rules("deny")}, "since": "1h", "limit": 5}
    report = house.http.post("/api/v1/policies/backtest", json=files, headers=ADMIN).json()
    other = house.http.post("/api/v1/policies/backtest", json=files, headers=RIVAL).json()

    assert report["changed"] > 0 and report["by_rule"]["memos"]["denied"] == report["by_how"]["denied"]
    assert report["changes"][0]["changes"][0]["about"] == "memo.md"
    assert report["complete"] is True and len(report["changes"]) <= 5
    assert other["responses"] == 0
    assert effect(house) == "drop_chunk"


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("check", {"files": {}}, "files"),
        ("check", {"files": {"p.yaml": 7}}, "files"),
        ("check", {"files": {"p.yaml": ""}, "force": True}, "force"),
        ("backtest", {"files": {"p.yaml": "version: 9"}}, "files"),
        ("backtest", {"since": "yesterday"}, "since"),
        ("backtest", {"limit": -1}, "limit"),
        ("backtest", {"enforce": "yes"}, "enforce"),
        ("backtest", {"application": 7}, "application"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_the_field(house: House, path: str, body: Json, param: str):
    reply = house.http.post(f"/api/v1/policies/{path}", json=body, headers=ADMIN)

    assert (reply.status_code, reply.json()["error"]["param"]) == (400, param)


def test_a_gateway_does_not_start_with_a_rule_that_nobody_owns(upstream_server: Upstream, tmp_path: Path):
    unowned = rules("deny").replace("  owner: secops@example.com\n", "")
    with (
        pytest.raises(ConfigurationError, match=r"rules\.yaml:4: Rule 'memos': It has no owner"),
        serving(tmp_path, upstream_server, rules=unowned, policies={"path": f"{tmp_path}/policies"}),
    ):
        pass
