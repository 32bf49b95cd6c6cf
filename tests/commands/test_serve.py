import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.__main__ import command
from tests.benchmarks.systems import write_configuration

BUILDS = """
import asyncio, json, sys
from pathlib import Path

from gateway.__main__ import command

command(["serve"])
from gateway.app import application_of
from gateway.building import build
from gateway.settings import load

async def lived(gateway):
    await gateway.start()
    await gateway.stop()

gateway = build(load(Path(sys.argv[1]), {}))
application_of(gateway)
asyncio.run(lived(gateway))
print(json.dumps([*sys.modules]))
"""

UNUSED = {
    "alembic", "anthropic", "chromadb", "cryptography.hazmat.primitives.serialization", "fsspec", "gateway.cli",
    "gateway.terminal", "httpx", "jinja2", "jwt", "litellm", "lxml", "markdown_it", "numpy.ma", "onnxruntime", "openai",
    "openlineage", "opentelemetry.proto", "opentelemetry.sdk", "pandas", "presidio_analyzer", "psycopg", "pypdf",
    "requests", "rich", "s3fs", "scipy", "spacy", "thinc", "tldextract", "tokenizers", "torch", "transformers",
    "websockets",
}  # fmt: skip
"""What a gateway with patterns, secrets and a record in SQLite does without: it would take memory for nothing."""


def test_a_gateway_loads_only_what_its_configuration_uses(tmp_path: Path) -> None:
    file = write_configuration(tmp_path, "http://127.0.0.1:9/v1", 8080)

    told = subprocess.run([sys.executable, "-c", BUILDS, file], capture_output=True, text=True, check=True).stdout

    loaded = set(json.loads(told))
    assert {"gateway.serving", "gateway.detectors.secrets", "numpy", "re2"} <= loaded
    assert UNUSED & loaded == set()


def test_a_failure_to_serve_is_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINEWARD_CONFIG", "as it was")

    with pytest.raises(SystemExit) as ended:
        command(["serve", "--config", "/nowhere.yaml"])()

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("lineward: /nowhere.yaml: the configuration cannot be read")


def test_what_serve_does_not_know_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command(["serve", "--prot", "1"])()

    assert ended.value.code == 2
    assert "Usage: lineward serve [OPTIONS]" in capsys.readouterr().err
