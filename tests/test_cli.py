import hashlib
import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app, main

runner = CliRunner()


@pytest.fixture(scope="module")
def config(demonstration: tuple[Path, str]) -> str:
    return str(demonstration[0] / "gateway.yaml")


@pytest.fixture(scope="module")
def shown(demonstration: tuple[Path, str]) -> str:
    return demonstration[1]


def run(*arguments: str, code: int = 0) -> str:
    result = runner.invoke(app, list(arguments))
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout


def first_response(config: str) -> str:
    impact = json.loads(run("impact", "board/falcon-memo.md", "--config", config, "--json"))
    return impact["responses"][0]["response"]


def test_trace_tells_the_story_of_a_response(config: str):
    response = first_response(config)

    told = run("trace", response, "--config", config)
    record = json.loads(run("trace", response, "--config", config, "--json"))

    assert response in told and "Falcon" in told
    assert (record["id"], record["decision"]) == (response, "denied")
    assert record["context"][0]["state"] == "dropped"


def test_impact_separates_those_who_were_told_from_those_who_were_not(config: str):
    impact = json.loads(run("impact", "board/falcon-memo.md", "--config", config, "--json"))

    assert impact["by_state"] == {"dropped": 1, "sent": 1}
    assert impact["applications"] == {"demo": 1}
    assert "board/falcon-memo.md" in run("impact", "board/falcon-memo.md", "--config", config)


@pytest.mark.parametrize("command", [["trace", "0193"], ["impact", "nothing.md"], ["policy", "explain", "0193"]])
def test_what_is_not_there_is_said_with_exit_code_1(config: str, command: list[str]):
    result = runner.invoke(app, [*command, "--config", config])

    assert result.exit_code == 1
    assert "No " in result.output


def test_explain_names_the_rule_and_the_values_it_read(config: str):
    response = first_response(config)

    told = run("policy", "explain", response, "--config", config)
    explained = json.loads(run("policy", "explain", response, "--config", config, "--json"))

    assert "restricted" in told
    assert explained["policy"].startswith("sha256:")


def test_verify_finds_the_log_whole_and_then_a_changed_row(
    config: str, demonstration: tuple[Path, str], tmp_path: Path
):
    copy = tmp_path / "copy.db"
    with sqlite3.connect(demonstration[0] / "lineward.db") as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    text = Path(config).read_text().replace(str(demonstration[0] / "lineward.db"), str(copy))
    (tmp_path / "copy.yaml").write_text(text)

    before = run("verify", "--config", str(tmp_path / "copy.yaml"))
    target.execute("UPDATE event SET tenant = 'other' WHERE idx = (SELECT max(idx) FROM event)")
    target.commit()
    target.close()
    after = json.loads(run("verify", "--config", str(tmp_path / "copy.yaml"), "--json", code=1))

    assert "The log is whole" in before
    assert after["faults"] and after["faults"][0]["problem"]


def test_stats_count_what_is_stored(config: str):
    stats = json.loads(run("db", "stats", "--config", config, "--json"))

    assert stats["responses"] == 5
    assert stats["open_runs"] == []
    assert stats["documents"] > 20
    assert "responses" in run("db", "stats", "--config", config)
    assert "up to date" in run("db", "upgrade", "--config", config)


def test_ingest_adds_then_leaves_alone_then_versions(config: str, tmp_path: Path):
    (tmp_path / "docs").mkdir()
    page = tmp_path / "docs" / "page.md"
    arguments = (
        "ingest",
        str(tmp_path / "docs"),
        "--collection",
        "kb",
        "--label",
        "classification=internal",
        "--config",
        config,
    )

    page.write_text("# Page\n\nFirst words.")
    first = run(*arguments)
    again = run(*arguments)
    page.write_text("# Page\n\nSecond words.")
    changed = run(*arguments, "--json")

    assert "1 added" in first
    assert "1 unchanged" in again
    assert json.loads(changed)["outcomes"] == {"changed": 1}


def test_ingest_tells_what_it_could_not_read(config: str, tmp_path: Path):
    (tmp_path / "photo.xyz").write_bytes(b"\x00")

    told = run("ingest", str(tmp_path / "photo.xyz"), "--collection", "kb", "--config", config, code=1)

    assert "photo.xyz" in told and "unreadable" in told


def test_the_shipped_policies_are_in_order_and_pass_their_tests():
    assert "in order" in run("policy", "check", "policies")
    assert " 0 failed" in run("policy", "test", "policies")


def test_a_broken_policy_is_told_with_its_line(tmp_path: Path):
    (tmp_path / "bad.yaml").write_text("version: 1\nrules:\n- {id: a, target: chunk, efect: deny}\n")

    problems = json.loads(run("policy", "check", str(tmp_path), "--json", code=1))

    assert "bad.yaml:3" in problems[0]["message"]


def test_a_key_is_shown_once_and_only_its_hash_is_for_the_configuration():
    key, line = run("keys", "create", "bot", "--tenant", "acme").splitlines()[-2:]

    assert key.startswith("lw-") and len(key) > 40
    assert hashlib.sha256(key.encode()).hexdigest() in line and key not in line


def test_a_wrong_configuration_is_one_sentence_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "bad.yaml"
    path.write_text("server: {prot: 1}\n")

    with pytest.raises(SystemExit) as caught:
        main(lambda: app(["db", "stats", "--config", str(path)], standalone_mode=False))

    assert caught.value.code == 2
    assert "bad.yaml:1" in capsys.readouterr().err
