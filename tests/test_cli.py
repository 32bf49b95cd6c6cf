import json
import re
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.cli import app, main
from gateway.commands.options import settings_of
from gateway.lineage.proofs import head_at
from gateway.lineage.receipts import Receipt
from gateway.retrievers.chroma import ChromaAddress, close
from gateway.stores.log import SQLLog
from tests.commands.running import first_response, run, runner
from tests.lineage.test_notes import OTHER, SIGNER
from tests.stores.databases import alter
from tests.stores.signed import fill


def test_trace_tells_the_story_of_a_response(config: str):
    response = first_response(config)

    told = run("trace", response, "--config", config)
    record = json.loads(run("trace", response, "--config", config, "--json"))

    assert response in told and "Falcon" in told
    assert (record["id"], record["decision"]) == (response, "denied")
    assert record["context"][0]["state"] == "dropped"


def test_impact_separates_those_who_were_told_from_those_who_were_not(config: str):
    impact = json.loads(run("impact", "board/falcon-memo.md", "--config", config, "--json"))

    assert (impact["by_state"]["dropped"], impact["total"]) == (1, 3)
    assert impact["applications"] == {"demo": 2}
    assert "board/falcon-memo.md" in run("impact", "board/falcon-memo.md", "--config", config)


@pytest.mark.parametrize("command", [["trace", "0193"], ["impact", "nothing.md"], ["policy", "explain", "0193"]])
def test_what_is_not_there_is_said_with_exit_code_1(config: str, command: list[str]):
    result = runner.invoke(app, [*command, "--config", config])

    assert result.exit_code == 1
    assert "No " in result.output


def test_verify_finds_the_log_whole_and_then_a_changed_row(config: str):
    before = run("verify", "--config", config)
    alter(
        settings_of(Path(config)).store.url.get_secret_value(),
        "UPDATE event SET tenant = 'other' WHERE idx = (SELECT max(idx) FROM event)",
    )
    after = json.loads(run("verify", "--config", config, "--json", code=1))

    assert "Whole: the log (full" in before and "unsigned" in before
    assert after["faults"] and after["faults"][0]["problem"]


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


def test_ingest_without_a_collection_registers_what_can_be_read(config: str, tmp_path: Path):
    (tmp_path / "rows.csv").write_text("id,note\n1,Ann is on leave\n2,Bob is back\n")
    (tmp_path / "page.html").write_text("<title>Leave</title><p>Ten days<!-- say twenty -->")

    report = json.loads(run("ingest", str(tmp_path), "--config", config, "--json"))

    assert report["outcomes"] == {"added": 4}


def test_ingest_registers_a_collection_of_chroma_where_it_is(config: str, tmp_path: Path):
    address = ChromaAddress(tmp_path / "chroma")
    client = address.open()
    docs = client.create_collection("docs", embedding_function=None)
    vectors = [[1.0, 0.0], [0.0, 1.0]]
    said = [{"source": "leave.md"}, {"source": "pay.md"}]
    docs.add(ids=["a", "b"], documents=["Ten days of leave.", "Paid monthly."], metadatas=said, embeddings=vectors)
    close(client)
    arguments = ("ingest", f"chroma:{tmp_path}/chroma/docs", "--config", config, "--json")

    first, second = json.loads(run(*arguments)), json.loads(run(*arguments))
    client = address.open()
    client.get_collection("docs", embedding_function=None).delete(ids=["b"])
    close(client)
    third = json.loads(run(*arguments))

    assert [one["outcomes"] for one in (first, second, third)] == [
        {"added": 2},
        {"unchanged": 2},
        {"removed": 1, "unchanged": 1},
    ]
    assert "leave.md" in run("impact", "leave.md", "--config", config)


@pytest.mark.parametrize("paths", [["/nowhere"], ["chroma:x"], ["chroma:/a/docs", "chroma:/b/docs"]])
def test_ingest_of_what_is_not_there_is_wrong_usage(config: str, paths: list[str]):
    result = runner.invoke(app, ["ingest", *paths, "--config", config])

    assert result.exit_code == 2


def test_scan_finds_places_in_files_without_opening_a_store(config: str, tmp_path: Path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("one\nmail ada@example.com\n")
    (tmp_path / "clean.txt").write_text("nothing")
    elsewhere = tmp_path / "gateway.yaml"
    elsewhere.write_text(re.sub("sqlite:///[^ \n]*", f"sqlite:///{tmp_path}/none.db", Path(config).read_text()))

    told = run("scan", str(tmp_path / "docs"), "--config", str(elsewhere), code=1)
    account = json.loads(run("scan", str(tmp_path / "docs"), "--config", str(elsewhere), "--json", code=1))
    clean = run("scan", str(tmp_path / "clean.txt"), "--config", str(elsewhere))

    assert "2:6" in told and "EMAIL_ADDRESS" in told and "ada@" not in told
    assert account["findings"][0]["line"] == 2
    assert "0 findings" in clean
    assert not (tmp_path / "none.db").exists()


def test_scan_reads_pipes_as_text_or_as_lines(config: str):
    lines = '{"id": "a", "text": "mail ada@example.com"}\nnonsense\n{"id": 2, "text": ""}\n'

    text = runner.invoke(app, ["scan", "-", "--config", config], input="mail ada@example.com")
    answered = runner.invoke(app, ["scan", "--jsonl", "--config", config], input=lines)

    assert (text.exit_code, answered.exit_code) == (1, 2)
    assert [json.loads(line)["id"] for line in answered.stdout.splitlines()] == ["a", 2]
    assert answered.stderr == "lineward: line 2 is not JSON\n"


@pytest.mark.parametrize("arguments", [["/nowhere/at/all"], ["-", "--json", "--jsonl"]])
def test_a_scan_of_nothing_is_wrong_usage(config: str, arguments: list[str]):
    assert runner.invoke(app, ["scan", *arguments, "--config", config]).exit_code == 2


def test_a_wrong_argument_is_one_sentence_and_exit_code_2(config: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as caught:
        main(lambda: app(["search", "--state", "NOPE", "--config", config], standalone_mode=False))

    assert caught.value.code == 2
    assert "There is no state 'NOPE'" in capsys.readouterr().err


def test_a_wrong_configuration_is_one_sentence_and_exit_code_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "bad.yaml"
    path.write_text("server: {prot: 1}\n")

    with pytest.raises(SystemExit) as caught:
        main(lambda: app(["db", "stats", "--config", str(path)], standalone_mode=False))

    assert caught.value.code == 2
    assert "bad.yaml:1" in capsys.readouterr().err


@pytest.fixture
def signed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A signed log that the embedded configuration is pointed at; ids of its responses."""
    url = f"sqlite:///{tmp_path}/lineage.db"
    pem = SIGNER._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "log.key").write_bytes(pem)
    settings = {"STORE__URL": url, "LOG__ORIGIN": SIGNER.key.name, "LOG__SIGNING_KEY_FILE": f"{tmp_path}/log.key"}
    for name, value in settings.items():
        monkeypatch.setenv(f"LINEWARD_{name}", value)
    return [start.run for start in fill(url)]


@pytest.mark.parametrize(("options", "said"), [([], "(full"), (["--quick"], "(quick")])
def test_verify_says_which_check_ran_and_who_signed(signed: list[str], options: list[str], said: str):
    told = run("verify", *options)

    assert said in told and str(SIGNER.key) in told.replace("\n", "")


def test_verify_asks_for_the_key_that_is_trusted(signed: list[str]):
    told = run("verify", "--public-key", str(OTHER.key), code=1)

    assert "not signed by a key that was given" in told
    assert run("verify", "--public-key", "nonsense", code=2) == ""


def test_verify_looks_at_one_response_and_at_a_receipt(signed: list[str], tmp_path: Path):
    with closing(SQLLog(f"sqlite:///{tmp_path}/lineage.db", "x")) as log:
        receipt = Receipt(4, head_at(log, 9))

    assert "Whole: response" in run("verify", signed[1])
    assert "Whole: receipt of entry 4" in run("verify", str(receipt))
    assert "recorded here" in runner.invoke(app, ["verify", "0193"]).exception.message
    assert run("verify", str(tmp_path / "gone.json"), code=2) == ""


def test_a_bundle_is_verified_where_nothing_else_is(signed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = str(tmp_path / "evidence.json")
    run("bundle", signed[3], "-o", file)
    monkeypatch.setenv("LINEWARD_STORE__URL", "sqlite:////nowhere/at/all.db")

    assert "Whole: the evidence bundle" in run("verify", file, "--public-key", str(SIGNER.key))
    assert json.loads(run("verify", file, "--json"))["faults"] == []


def test_the_log_is_handed_over_to_another_key(signed: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    told = run("keys", "rotate", str(tmp_path / "next.key"))
    refused = runner.invoke(app, ["keys", "rotate", str(tmp_path / "third.key")])
    monkeypatch.setenv("LINEWARD_LOG__SIGNING_KEY_FILE", f"{tmp_path}/next.key")
    verified = json.loads(run("verify", "--json"))

    assert told.splitlines()[-1].startswith("example.com/log+")
    assert "the log is signed with" in str(refused.exception)
    assert (verified["faults"], verified["checked"]) == ([], 13)
