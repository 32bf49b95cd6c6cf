"""Commands, run as a shell would run them."""

import json

from typer.testing import CliRunner

from gateway.cli import app

runner = CliRunner()


def run(*arguments: str, code: int = 0) -> str:
    result = runner.invoke(app, list(arguments))
    assert result.exit_code == code, (result.output, result.exception)
    return result.stdout


def first_response(config: str) -> str:
    """Return the response that the board's memo was kept from."""
    impact = json.loads(run("impact", "board/falcon-memo.md", "--config", config, "--json"))
    return next(entry["response"] for entry in impact["responses"] if entry["states"] == ["dropped"])
