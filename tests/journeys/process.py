"""`lineward serve` as a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.journeys.house import configuration

LINEWARD = [sys.executable, "-m", "gateway"]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "UPSTREAM_KEY": "sk-upstream", **more}


def started(command: Sequence[str], port: int, **options: Any) -> subprocess.Popen[bytes]:
    """Start *command* and return when it answers on *port*."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200:
                return process
        except httpx.TransportError:
            time.sleep(0.05)
        if process.poll() is not None:
            break
    process.kill()
    raise AssertionError(process.communicate()[1].decode())


@contextmanager
def listening(command: Sequence[str], port: int, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """Run *command* while the block lasts."""
    process = started(command, port, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def start(
    folder: Path, upstream_url: str, port: int, changes: Mapping[str, object] | None = None, **more: str
) -> subprocess.Popen[bytes]:
    """Start the gateway with its configuration, *changes* in it, and data in *folder*."""
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(configuration(folder, upstream_url, **(changes or {}))))
    command = [*LINEWARD, "serve", "--config", str(path), "--port", str(port)]
    return started(command, port, env=environment(**more))


@contextmanager
def running(
    folder: Path, upstream_url: str, port: int, changes: Mapping[str, object] | None = None, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the gateway while the block lasts."""
    process = start(folder, upstream_url, port, changes, **more)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of `lineward` with the configuration in *folder*."""
    return subprocess.run(
        [*LINEWARD, *arguments, "--config", str(folder / "gateway.yaml")],
        env=environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
