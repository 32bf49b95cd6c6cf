import json
from pathlib import Path

import pytest
import typer

from gateway.commands.options import ledger_of, missing, print_json, settings_of
from gateway.domain.records import Fault


def test_options_lead_to_the_store_that_the_configuration_names(config: str):
    settings, ledger = settings_of(Path(config)), ledger_of(Path(config))

    assert str(Path(config).parent) in settings.store.url.get_secret_value()
    assert ledger.stats().responses == 6


def test_what_is_printed_for_machines_is_json(capfdbinary: pytest.CaptureFixture[bytes]):
    print_json([Fault(3, "gone")])

    assert json.loads(capfdbinary.readouterr().out) == [{"index": 3, "problem": "gone"}]


def test_what_is_missing_ends_the_command_with_1(capsys: pytest.CaptureFixture[str]):
    error = missing("No such thing.")

    assert isinstance(error, typer.Exit) and error.exit_code == 1
    assert "No such thing." in capsys.readouterr().err
