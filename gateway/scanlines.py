"""Texts as lines of JSON through the guard, as other programs send them: `lineward scan --jsonl`.

A line is answered as soon as it has come, in order and in constant memory, so a program may send one and wait for the
answer before it sends the next.
"""

import asyncio
import json
import queue
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding
from gateway.domain.json import JSON
from gateway.scanning import STDIN, Closing
from gateway.searching import Guard, search

_TOGETHER = 64
_TOGETHER_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """One text to look through."""

    number: int
    """From 1."""
    id: JSON
    text: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is none."""

    number: int
    problem: str
    """What is wrong with it, without its words."""


def run(path: Path, guard: Closing) -> bool:
    """Answer the lines of the file *path*, or of standard input, on standard output, and close *guard*.

    Returns whether all were answered; what was not is told on the error stream.
    """

    async def running(stream: BinaryIO) -> bool:
        try:
            await guard.prepare()
            return await answer(stream, guard, _print, _complain)
        finally:
            await guard.aclose()

    with nullcontext(sys.stdin.buffer) if path == STDIN else path.open("rb") as stream:
        return asyncio.run(running(stream))


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _complain(bad: BadLine) -> None:
    sys.stderr.write(f"lineward: line {bad.number} {bad.problem}\n")


async def answer(
    stream: BinaryIO, guard: Guard, write: Callable[[str], object], complain: Callable[[BadLine], object]
) -> bool:
    """Have *write* take a line for every `{"id", "text"}` of *stream*, and return whether all lines were answered.

    What cannot be read or looked through goes to *complain*, and the lines after it are answered all the same.
    """
    whole = True
    async for together in _arriving(stream):
        read = [_read(number, raw) for number, raw in together if raw.strip()]
        lines = [line for line in read if isinstance(line, Line)]
        bad = [line for line in read if isinstance(line, BadLine)]
        answers: list[str] = []
        for line, found in zip(lines, await search(guard, [line.text for line in lines]), strict=True):
            if isinstance(found, GuardUnavailable):
                bad.append(BadLine(line.number, f"was not scanned: {found.message}"))
            else:
                answers.append(_written(line, found))
        for one in sorted(bad, key=lambda one: one.number):
            complain(one)
        if answers:
            write("".join(answers))
        whole = whole and not bad
    return whole


def _read(number: int, raw: bytes) -> Line | BadLine:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return BadLine(number, "is not JSON")
    if not isinstance(value, dict):
        return BadLine(number, 'is no JSON object with "id" and "text"')
    missing = [name for name in ("id", "text") if name not in value]
    if missing:
        return BadLine(number, f'has no "{missing[0]}"')
    if not isinstance(value["text"], str):
        return BadLine(number, 'has a "text" that is no string')
    return Line(number, value["id"], value["text"])


def _written(line: Line, findings: Sequence[Finding]) -> str:
    found = [
        {"entity": f.entity, "start": f.start, "end": f.end, "score": f.score, "detector": f.detector} for f in findings
    ]
    return json.dumps({"id": line.id, "findings": found}) + "\n"


async def _arriving(stream: BinaryIO) -> AsyncIterator[list[tuple[int, bytes]]]:
    """Yield the lines of *stream* with their numbers: as many at a time as have come meanwhile, up to a limit."""
    pump = _Pump(stream, asyncio.get_running_loop())
    threading.Thread(target=pump.run, daemon=True).start()
    number = 0
    together: list[tuple[int, bytes]] = []
    while (line := await pump.next()) is not None:
        number += 1
        together.append((number, line))
        if pump.is_dry or len(together) == _TOGETHER or sum(len(each) for _, each in together) > _TOGETHER_BYTES:
            yield together
            together = []
    if together:
        yield together


class _Pump:
    """Brings lines from a thread that waits for them; the loop never does, so it can be interrupted."""

    def __init__(self, stream: BinaryIO, loop: asyncio.AbstractEventLoop) -> None:
        self._stream = stream
        self._loop = loop
        self._lines: queue.Queue[bytes | OSError | None] = queue.Queue(_TOGETHER)
        self._arrived = asyncio.Event()

    @property
    def is_dry(self) -> bool:
        """Whether nothing has come that was not taken."""
        return self._lines.empty()

    def run(self) -> None:
        """Read to the end; what is read waits until it is taken, and reading with it."""
        try:
            for line in self._stream:
                self._put(line)
            self._put(None)
        except OSError as exc:
            self._put(exc)
        except RuntimeError:  # nobody waits any more: the loop is closed
            return

    async def next(self) -> bytes | None:
        """Return the next line, `None` after the last. Raises `OSError`."""
        while self._lines.empty():
            self._arrived.clear()
            if self._lines.empty():
                await self._arrived.wait()
        line = self._lines.get_nowait()
        if isinstance(line, OSError):
            raise line
        return line

    def _put(self, line: bytes | OSError | None) -> None:
        self._lines.put(line)
        self._loop.call_soon_threadsafe(self._arrived.set)
