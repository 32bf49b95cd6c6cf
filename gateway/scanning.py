"""Files, folders and pipes through the guard: what `lineward scan` does. It opens no store and asks no network."""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

from rich.progress import Progress

from gateway.domain.errors import BadRequest, GuardUnavailable
from gateway.domain.findings import Finding
from gateway.domain.json import Object
from gateway.interfaces import Detector
from gateway.loaders.decoding import decoded
from gateway.searching import Guard, search


class Closing(Guard, Protocol):
    """Detection by detectors that may have processes and connections."""

    @property
    def detectors(self) -> Sequence[Detector]:
        """Those that do the work."""

    async def prepare(self) -> None:
        """Let all detectors load."""

    async def aclose(self) -> None:
        """Close all detectors."""


STDIN = Path("-")
"""Stands for standard input."""
LARGEST = 64_000_000
"""Bytes of a file that are read; a larger one is reported as not scanned."""
LEFT_OUT = frozenset({".git", ".hg", ".svn"})
"""Folders of version control: what they hold stands beside them, or is compressed."""
_TOGETHER = 32
_TOGETHER_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Place:
    """One finding in a file; never the value."""

    finding: Finding
    """Offsets in characters of the file's text."""
    line: int
    column: int
    """Both from 1, in characters."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What came of one file."""

    file: str
    places: Sequence[Place] = ()
    problem: str = ""
    """Why it was not scanned; empty when it was."""


@dataclass(slots=True)
class Scan:
    """What came of all files."""

    files: int = 0
    """How many were looked through."""
    found: list[Scanned] = field(default_factory=list)
    """Those with findings."""
    unscanned: list[Scanned] = field(default_factory=list)
    entities: Counter[str] = field(default_factory=Counter)

    def add(self, scanned: Scanned) -> None:
        """Count one file."""
        if scanned.problem:
            self.unscanned.append(scanned)
            return
        self.files += 1
        self.entities.update(place.finding.entity for place in scanned.places)
        if scanned.places:
            self.found.append(scanned)

    @property
    def is_clean(self) -> bool:
        """Whether everything was looked through and nothing was found."""
        return not (self.found or self.unscanned)


def files(path: Path) -> Iterator[Path | Scanned]:
    """Yield the files at *path*, hidden ones too, in alphabetical order; a link or a folder that cannot be entered
    comes as what was not scanned.
    """
    if path == STDIN or not path.is_dir():
        yield path
        return
    try:
        entries = sorted(path.iterdir())
    except OSError as exc:
        yield Scanned(_name(path), problem=f"cannot be read: {exc.strerror}")
        return
    for entry in entries:
        if entry.is_symlink():
            yield Scanned(_name(entry), problem="is a symbolic link, which is not followed")
        elif entry.is_dir():
            yield from files(entry) if entry.name not in LEFT_OUT else ()
        elif entry.is_file():
            yield entry
        else:
            yield Scanned(_name(entry), problem="is no regular file")


def run(path: Path, guard: Closing, progress: Progress) -> Scan:
    """Return what *guard* finds at *path*, moving *progress* along, and close it."""

    async def running() -> Scan:
        paths = list(files(path))
        try:
            await guard.prepare()
            task = progress.add_task("scanning", total=len(paths))
            return await scan(paths, guard, lambda: progress.advance(task))
        finally:
            await guard.aclose()

    with progress:
        return asyncio.run(running())


def told(scan: Scan, guard: Closing) -> Object:
    """Return what came of a *scan* by *guard*, for machines."""
    return {
        "scanned": scan.files,
        "findings": [
            {
                "file": each.file,
                "line": place.line,
                "column": place.column,
                **{name: value for name, value in asdict(place.finding).items() if name != "host" or value},
            }
            for each in scan.found
            for place in each.places
        ],
        "entities": dict(sorted(scan.entities.items())),
        "unscanned": [{"file": each.file, "reason": each.problem} for each in scan.unscanned],
        "detectors": [detector.version for detector in guard.detectors],
    }


async def scan(paths: Sequence[Path | Scanned], guard: Guard, progress: Callable[[], object]) -> Scan:
    """Return what *guard* finds in the files *paths*; *progress* is called after each."""
    result = Scan()
    async for scanned in _scanned(paths, guard):
        result.add(scanned)
        progress()
    return result


async def _scanned(paths: Sequence[Path | Scanned], guard: Guard) -> AsyncIterator[Scanned]:
    """Yield what came of each of *paths*, in order; small files are looked through together."""
    waiting: list[tuple[str, str]] = []
    size = 0
    for path in paths:
        read = path if isinstance(path, Scanned) else _read(path)
        if isinstance(read, Scanned):
            yield read
            continue
        waiting.append(read)
        size += len(read[1])
        if len(waiting) == _TOGETHER or size > _TOGETHER_BYTES:
            for scanned in await _searched(waiting, guard):
                yield scanned
            waiting, size = [], 0
    for scanned in await _searched(waiting, guard):
        yield scanned


async def _searched(texts: Sequence[tuple[str, str]], guard: Guard) -> list[Scanned]:
    found = await search(guard, [text for _, text in texts])
    return [
        Scanned(name, problem=each.message)
        if isinstance(each, GuardUnavailable)
        else Scanned(name, list(_placed(text, each)))
        for (name, text), each in zip(texts, found, strict=True)
    ]


def _placed(text: str, findings: Sequence[Finding]) -> Iterator[Place]:
    """Yield *findings*, which come in the order of *text*, with their lines and columns."""
    line, begins, done = 1, 0, 0
    for finding in findings:
        passed = text.count("\n", done, finding.start)
        if passed:
            line += passed
            begins = text.rindex("\n", done, finding.start) + 1
        done = finding.start
        yield Place(finding, line, finding.start - begins + 1)


def _read(path: Path) -> tuple[str, str] | Scanned:
    """Return the name and the text of the file *path*, or why it has none that could be looked through."""
    name = _name(path)
    try:
        blob = _blob(path)
        if len(blob) > LARGEST:
            return Scanned(name, problem=f"is larger than {LARGEST:,} bytes")
        return name, decoded(blob, "it")
    except OSError as exc:
        return Scanned(name, problem=f"cannot be read: {exc.strerror}")
    except BadRequest as exc:
        return Scanned(name, problem=exc.message.removeprefix("it "))


def _blob(path: Path) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read(LARGEST + 1)
    with path.open("rb") as file:
        return file.read(LARGEST + 1)


def _name(path: Path) -> str:
    """Return the name of *path* as text, whatever bytes the file system has for it."""
    return os.fsencode(path).decode("utf-8", "replace")
