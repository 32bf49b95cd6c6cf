import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from gateway.commands.options import at, ledger_of, missing, print_json, questions_of, settings_of, write_evidence
from gateway.domain.records import Fault
from gateway.domain.timelines import Span
from gateway.stores.timelines import SQLTimelines
from tests.stores.earlier import left_by
from tests.stores.material import activated, ended, intent, started


def test_options_lead_to_the_store_that_the_configuration_names(config: str):
    settings, ledger = settings_of(Path(config)), ledger_of(Path(config))

    assert str(Path(config).parent) in settings.store.url.get_secret_value()
    assert ledger.stats().responses == 6


@pytest.mark.parametrize("release", ["0003", "0013"])
def test_who_asks_a_store_of_an_earlier_release_brings_it_up_to_date(database, release, config, monkeypatch):
    asked = started(intent(question="May I return it?"))
    url = left_by(database, release, [activated(), asked, ended(asked)])
    monkeypatch.setenv("LINEWARD_STORE__URL", url)
    with closing(ledger_of(Path(config))) as ledger, closing(questions_of(settings_of(Path(config)))) as questions:
        record = ledger.response(asked.run, None)
        happened, _ = SQLTimelines(questions).timeline(Span(user="u-1"), None, limit=9)

    assert (record.question, record.answer) == ("May I return it?", "You may.")
    assert [one.id for one in happened] == [asked.run]


def test_what_is_printed_for_machines_is_json(capfdbinary: pytest.CaptureFixture[bytes]):
    print_json([Fault(3, "gone")])

    assert json.loads(capfdbinary.readouterr().out) == [{"index": 3, "problem": "gone"}]


def test_what_is_missing_ends_the_command_with_1(capsys: pytest.CaptureFixture[str]):
    error = missing("No such thing.")

    assert isinstance(error, typer.Exit) and error.exit_code == 1
    assert "No such thing." in capsys.readouterr().err


def test_a_time_keeps_the_offset_that_was_typed():
    assert at("2026-11-30T12:00:00+01:00") == datetime(2026, 11, 30, 11, tzinfo=UTC)
    assert at("2026-11-30 12:00") == datetime(2026, 11, 30, 12, tzinfo=UTC)
    with pytest.raises(typer.BadParameter, match="'yesterday' must be how long ago"):
        at("yesterday")


def test_evidence_is_for_its_owner_alone_and_what_cannot_be_written_is_told(tmp_path, capsys):
    file = tmp_path / "evidence.json"
    write_evidence(file, b"{}", signed=True, as_json=True)

    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"{}", 0o600)
    assert json.loads(capsys.readouterr().out) == {"file": str(file), "bytes": 2, "signed": True}
    with pytest.raises(typer.BadParameter, match="cannot be written: No such file"):
        write_evidence(tmp_path / "nowhere" / "evidence.json", b"", signed=False, as_json=False)
