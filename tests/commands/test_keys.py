import hashlib
import json

import yaml

from tests.commands.running import run


def test_a_key_is_shown_once_and_only_its_hash_is_for_the_configuration():
    key, line = run("keys", "create", "bot", "--tenant", "acme").splitlines()[-2:]

    assert key.startswith("lw-") and len(key) > 40
    assert hashlib.sha256(key.encode()).hexdigest() in line and key not in line


def test_the_line_for_the_configuration_is_read_back_as_it_was_meant():
    """`no` and `a: b` would be something else in YAML."""
    made = run("keys", "create", "no", "--tenant", "a: b", "--role", "responder", "--role", "auditor")
    [application] = yaml.safe_load(made.splitlines()[-1])

    assert (application["name"], application["tenant"]) == ("no", "a: b")
    assert application["roles"] == ["responder", "auditor"]


def test_a_role_that_nobody_can_have_is_wrong_usage():
    assert run("keys", "create", "bot", "--role", "chief", code=2) == ""


def test_for_machines_key_and_application_are_told_apart():
    made = json.loads(run("keys", "create", "bot", "--json"))

    assert made["application"]["key_sha256"] == hashlib.sha256(made["key"].encode()).hexdigest()
    assert made["application"]["roles"] == ["app"]


def test_applications_are_listed_with_what_they_may_and_without_their_keys(config: str):
    told = json.loads(run("keys", "list", "--config", config, "--json"))["data"]
    shown = run("keys", "list", "--config", config)

    assert told and all(one["name"] in shown and one["tenant"] in shown for one in told)
    assert all(len(one["key_sha256"]) == 64 for one in told)


def test_a_key_is_revoked_in_the_file_and_the_log_says_by_whom(config: str):
    name = json.loads(run("keys", "list", "--config", config, "--json"))["data"][0]["name"]

    told = json.loads(run("keys", "revoke", name, "--config", config, "--json"))
    again = run("keys", "revoke", name, "--config", config)

    assert told == {"application": name, "revoked": True, "changed": True, "recorded": True}
    assert "revoked already" in again
    assert json.loads(run("keys", "list", "--config", config, "--json"))["data"][0]["revoked"] is True
    [entry] = json.loads(run("accesses", f"application/{name}", "--config", config, "--json"))["data"]
    assert (entry["action"], entry["application"]) == ("revoke key", "lineward") and entry["person"]


def test_what_cannot_be_revoked_is_told(config: str):
    run("keys", "revoke", "nobody", "--config", config, code=1)
    run("keys", "revoke", "nobody", code=2)
