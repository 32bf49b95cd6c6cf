"""The files that bring the package to a machine: Makefile, locks, wheel, image."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.benchmarks.systems import free_port

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-build.lock"]
REGISTRIES = [
    name.encode() for name in ("py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs", "docker" + ".io")
]
"""Host names, so written that this file does not hold them."""


def committed() -> list[Path]:
    """Return the files that are, or would be, committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


@dataclass
class Stage:
    """One stage of the Dockerfile: its base, and its instructions in order."""

    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, name: str) -> list[str]:
        return [words for instruction, words in self.instructions if instruction == name]

    @property
    def environment(self) -> dict[str, str]:
        pairs = [pair.partition("=") for words in self.all("ENV") for pair in shlex.split(words)]
        return {name: value for name, _, value in pairs}


def stages() -> list[Stage]:
    text = re.sub(r"\\\n", "", (ROOT / "Dockerfile").read_text())
    found: list[Stage] = []
    for line in text.splitlines():
        name, _, words = line.strip().partition(" ")
        if name == "FROM":
            found.append(Stage(words))
        elif found and name and not name.startswith("#"):
            found[-1].instructions.append((name, words.strip()))
    return found


def test_no_file_names_a_package_registry() -> None:
    named = [path.name for path in committed() if any(host in path.read_bytes() for host in REGISTRIES)]

    assert named == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_is_pinned_with_hashes(name: str) -> None:
    text = (ROOT / name).read_text()
    requirements = re.findall(r"^(?![ #]).+(?:\\\n.+)+", text, re.MULTILINE)

    loose = [one.split()[0] for one in requirements if "==" not in one.split()[0] or "--hash=sha256:" not in one]

    assert len(requirements) > 5
    assert loose == []
    assert re.search(r"^#\s+make lock$", text, re.MULTILINE)


def pins(name: str) -> set[str]:
    return set(re.findall(r"^(\S+==\S+)", (ROOT / name).read_text(), re.MULTILINE))


def test_what_is_tested_is_what_is_shipped() -> None:
    assert pins("requirements.lock") <= pins("requirements-dev.lock")
    assert pins("requirements-build.lock") <= pins("requirements-dev.lock")


def test_make_tells_what_it_can_do() -> None:
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    names = {line.split()[0] for line in helped.splitlines()}
    assert {"demo", "serve", "test", "check", "bench", "lock", "format", "clean"} <= names


def test_make_says_which_python_it_needs(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements-dev.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    old = tmp_path / "python3.10"
    old.write_text('#!/bin/sh\nif [ "$1" = -V ]; then echo Python 3.10.13; else exit 1; fi\n')
    old.chmod(0o755)

    made = subprocess.run(["make", "check", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert made.returncode != 0
    assert f"Lineward needs Python 3.11 or newer; {old} is Python 3.10.13." in made.stderr
    assert not (tmp_path / ".venv").exists()


def test_the_check_before_a_change_goes_in_can_be_run() -> None:
    script = ROOT / ".ci/run"

    text = script.read_text()

    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in text
    assert "exec </dev/null" in text
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_the_wheel_brings_configuration_policies_and_migrations(tmp_path: Path) -> None:
    [wheel] = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])

    names = set(zipfile.ZipFile(wheel).namelist())

    policies = {f"gateway/shipped/policies/{path.name}" for path in (ROOT / "policies").iterdir()}
    assert {"gateway/shipped/config/gateway.yaml", "gateway/py.typed"} | policies <= names
    assert any(name.startswith("gateway/stores/migrations/versions/") for name in names)
    assert not any(name.startswith("tests/") for name in names)


def test_the_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text()

    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_image_runs_as_nobody_in_particular() -> None:
    _, final = stages()

    assert final.all("USER") == ["10001"]
    assert "--uid 10001" in final.all("RUN")[0]


def test_the_image_holds_no_build_tools_and_no_package_caches() -> None:
    builder, final = stages()

    assert builder.base.removesuffix(" AS builder") == final.base == "python:${PYTHON}-slim"
    assert not any(tool in words for words in final.all("RUN") for tool in ("apt", "pip", "gcc", "curl"))
    assert final.all("COPY") == ["--from=builder /opt/lineward /opt/lineward"]
    assert builder.environment["PIP_NO_CACHE_DIR"] == "1"


def test_the_image_installs_only_what_is_locked() -> None:
    installs = [words for words in stages()[0].all("RUN") if "install" in words]

    assert stages()[0].environment["PIP_NO_DEPS"] == "1"
    assert all("--require-hashes -r requirements" in words or "wheels/*.whl" in words for words in installs)


def test_the_image_holds_no_secret() -> None:
    named = [name for stage in stages() for name in stage.environment]

    assert [name for name in named if re.search("KEY|TOKEN|SECRET|PASSWORD", name)] == []


def test_the_image_serves_and_tells_whether_it_is_well() -> None:
    _, final = stages()

    assert final.all("CMD") == ['["lineward", "serve"]']
    assert final.all("EXPOSE") == [final.environment["LINEWARD_SERVER__PORT"]] == ["8080"]
    assert "'/healthz'" in final.all("HEALTHCHECK")[0]
    compile(health_check()[-1], "HEALTHCHECK", "exec")


def health_check() -> list[str]:
    [words] = stages()[1].all("HEALTHCHECK")
    command: list[str] = json.loads(words.partition("CMD ")[2])
    return command


def test_the_builder_is_sent_what_it_copies() -> None:
    sent = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}

    copied = {name for words in stages()[0].all("COPY") for name in shlex.split(words)[:-1]}

    assert copied == sent
    assert all((ROOT / name).exists() for name in copied)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The builder stage's result, its steps run in a folder instead of a container."""
    builder, _ = stages()
    venv.create(tmp_path / "system", with_pip=True)
    build, target = tmp_path / "build", tmp_path / "lineward"
    build.mkdir()
    path = f"{tmp_path}/system/bin:/usr/bin:/bin"
    environ = {**os.environ, **builder.environment, "PATH": path, "VIRTUAL_ENV": ""}
    for name, words in builder.instructions:
        if name == "COPY":
            *sources, _ = shlex.split(words)
            subprocess.run(["cp", "-r", *(str(ROOT / source) for source in sources), "."], cwd=build, check=True)
        elif name == "RUN":
            script = words.replace("/opt/lineward", str(target))
            subprocess.run(["bash", "-euc", script], cwd=build, env=environ, check=True, stdin=subprocess.DEVNULL)
    return target


@pytest.fixture
def container(image: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The final stage's command, running in an empty folder with the final stage's environment."""
    _, final = stages()
    folder = tmp_path / "var"
    folder.mkdir()
    port = str(free_port())
    environ = {
        "PATH": f"{image}/bin:/usr/bin:/bin",
        "PYTHONUNBUFFERED": "1",
        "LINEWARD_SERVER__HOST": final.environment["LINEWARD_SERVER__HOST"],
        "LINEWARD_SERVER__PORT": port,
    }
    command = json.loads(final.all("CMD")[0])
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(image / "bin" / command[0]), *command[1:]], cwd=folder, env=environ, stdout=log, stderr=log
        )
        try:
            yield environ
        finally:
            process.terminate()
            process.wait(30)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_image_works_from_an_empty_folder(container: dict[str, str]) -> None:
    def is_well() -> bool:
        command = health_check()
        return subprocess.run(command, env=container, capture_output=True, check=False).returncode == 0

    until = time.monotonic() + 60
    while not is_well() and time.monotonic() < until:
        time.sleep(0.2)

    body = {
        "model": "demo",
        "messages": [{"role": "user", "content": "What does the contract say about delivery?"}],
        "documents": [{"id": "contract.md", "text": "The contract says that delivery takes three days."}],
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{container['LINEWARD_SERVER__PORT']}/v1/chat/completions",
        data=json.dumps(body).encode(),
        headers={"authorization": "Bearer lineward-demo-key", "content-type": "application/json"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        said = json.load(answer)["choices"][0]["message"]["content"]

    assert "three days" in said
    assert sys.prefix not in container["PATH"]
