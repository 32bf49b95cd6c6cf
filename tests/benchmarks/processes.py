"""Starting servers as processes of their own, and reading what they cost."""

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

PATIENCE = 60.0


@dataclass(frozen=True)
class Server:
    """A running server, workers and other children included."""

    process: psutil.Process
    port: int
    seconds_to_answer: float = 0.0
    """From the start of the process to its first answer."""

    def cpu_seconds(self) -> float:
        """Return the CPU time that the process tree has used so far."""
        total = 0.0
        for process in self._tree():
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
        return total

    def rss_megabytes(self) -> float:
        """Return the memory that the process tree holds now."""
        total = 0
        for process in self._tree():
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total / 1e6

    def _tree(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def running(command: Sequence[str], log: Path, environ: Mapping[str, str] | None = None) -> Iterator[psutil.Process]:
    """Run *command*, its output going to *log*, until the block ends.

    Its modules are compiled once, as those of an installation are, also where the environment says otherwise.
    """
    compiles = {"PYTHONDONTWRITEBYTECODE": ""}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env={**os.environ, **compiles, **(environ or {})},
        )  # fmt: skip
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def module(name: str, log: Path, *arguments: str) -> Iterator[Server]:
    """Run one of our own servers, which prints its port first."""
    with running([sys.executable, "-m", f"tests.benchmarks.{name}", *arguments], log) as process:
        yield Server(process, int(_await(log, process, re.compile(rb"^(\d+)\n"))))


def _await(log: Path, process: psutil.Process, pattern: re.Pattern[bytes]) -> bytes:
    """Return what *pattern* finds in *log*, as soon as it stands there."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := pattern.search(log.read_bytes()):
            return bytes(found[1])
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.005)
    raise RuntimeError(f"{process.pid} did not start:\n{log.read_text()[-2000:]}")


def first_answer(port: int, key: str, body: bytes, process: psutil.Process, log: Path) -> None:
    """Return when the server on *port* has answered *body*; raises `RuntimeError` when it does not."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/chat/completions",
        data=body,
        headers={"authorization": f"Bearer {key}", "content-type": "application/json"},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        try:
            with opener.open(request, timeout=PATIENCE) as answer:
                answer.read()
                return
        except urllib.error.HTTPError as exc:
            raise RuntimeError(f"it answered {exc.code}: {exc.read()[:500].decode()}") from exc
        except OSError:
            time.sleep(0.005)
    raise RuntimeError(f"no answer:\n{log.read_text()[-2000:]}")
