"""Anchors: checkpoints, copied on a schedule to where whoever can write the log should not be able to write.

Whoever puts yesterday's database back has fewer entries than an anchor tells of; whoever writes the log anew has other
ones. A place is a folder, or any address that fsspec knows (`s3://bucket/prefix`); a file of it is written once.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from gateway.domain.digests import new_id
from gateway.domain.errors import LineageUnavailable
from gateway.domain.json import Object
from gateway.domain.records import Fault
from gateway.domain.runs import Anchored, RunEvent, RunState
from gateway.lineage.checkpoints import Checkpoint
from gateway.lineage.notes import Note, VerifierKey
from gateway.lineage.proofs import Nodes, head_at
from gateway.lineage.writer import Writer

log = logging.getLogger(__name__)

SUFFIX = ".checkpoint"


class Log(Nodes, Protocol):
    """The log that is anchored."""

    def checkpoint(self, size: int | None = None) -> Note:
        """Return the newest checkpoint."""

    def stirred(self, since: int) -> bool:
        """Return whether anything but an anchor was appended from entry *since* on."""


class Anchors:
    """The anchors at *url*."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.anchored = 0
        """Entries that the log had when this process anchored it last."""
        self.problem = ""
        """Why the last attempt failed; empty after one that succeeded."""

    @property
    def told(self) -> Object:
        """Where they are, and how anchoring goes."""
        told: Object = {"url": address(self.url), "anchored": self.anchored}
        return {**told, "problem": self.problem} if self.problem else told

    def add(self, note: Note) -> None:
        """Write *note*, a checkpoint, if it is not there.

        Raises `LineageUnavailable` if that fails, or if the log was another one when it had this size.
        """
        checkpoint = Checkpoint.parse(note.text)
        try:
            fs, folder = self._opened()
            path = f"{folder}/{checkpoint.head.size:020d}{SUFFIX}"
            if fs.exists(path):
                self._compare(fs.cat_file(path), checkpoint)
                return
            if "file" in fs.protocol:
                # Only here: an object store would make a bucket of a name that was written wrong.
                fs.makedirs(folder, exist_ok=True)
            fs.pipe_file(path, str(note).encode())
        except LineageUnavailable:
            raise
        except Exception as exc:
            # Every file system behind fsspec has errors of its own.
            raise self._failure("written", exc) from exc

    def read(self) -> Iterator[tuple[str, Note | None]]:
        """Yield the name and the note of each anchor, smallest first; `None` for what is no note.

        Raises `LineageUnavailable` if they cannot be read.
        """
        try:
            fs, folder = self._opened()
            fs.invalidate_cache()
            for path in sorted(fs.ls(folder, detail=False)) if fs.exists(folder) else ():
                if str(path).endswith(SUFFIX):
                    yield str(path).rpartition("/")[2], _note(fs.cat_file(path))
        except Exception as exc:
            raise self._failure("read", exc) from exc

    def _opened(self) -> tuple[Any, str]:
        # Here alone, and only when anchors are used: the file systems behind it are heavy.
        from fsspec.core import url_to_fs  # type: ignore[import-untyped]

        fs, folder = url_to_fs(self.url)
        return fs, str(folder).rstrip("/")

    def _compare(self, data: bytes, checkpoint: Checkpoint) -> None:
        note = _note(data)
        if note is None or Checkpoint.parse(note.text) != checkpoint:
            raise LineageUnavailable(
                f"the anchor of {checkpoint.head.size} entries tells of another log; `lineward verify` tells more"
            )

    def _failure(self, what: str, exc: Exception) -> LineageUnavailable:
        reason = getattr(exc, "strerror", None) or type(exc).__name__
        return LineageUnavailable(f"anchors at {address(self.url)} cannot be {what}: {reason}")


@dataclass(slots=True)
class Anchoring:
    """Anchors a log *every* so often, as long as something happens in it."""

    log: Log
    writer: Writer
    anchors: Anchors
    every: timedelta

    async def run(self) -> None:
        """Anchor until cancelled. A failure is logged and told by `/readyz`; answers do not wait for anchors."""
        while True:
            await asyncio.sleep(self.every.total_seconds())
            await self.attempt()

    async def attempt(self) -> None:
        """Anchor once, if anything happened since."""
        try:
            note = await asyncio.to_thread(self._add)
            if note is not None:
                await self.writer.append([anchored(note, self.anchors.url)])
        except LineageUnavailable as exc:
            self.anchors.problem = exc.message
            log.error("not anchored: %s", exc.message)
        else:
            self.anchors.problem = ""

    def _add(self) -> Note | None:
        if not self.log.stirred(self.anchors.anchored):
            return None
        note = self.log.checkpoint()
        self.anchors.add(note)
        self.anchors.anchored = Checkpoint.parse(note.text).head.size
        return note


def anchored(note: Note, url: str) -> RunEvent:
    """Return the event that the checkpoint *note* was copied to *url*."""
    head = Checkpoint.parse(note.text).head
    body = Anchored(address(url), head.size, f"sha256:{head.root.hex()}")
    return RunEvent(run=new_id(), state=RunState.COMPLETE, body=body, tenant="")


def compare(anchors: Anchors, log: Nodes, size: int, keys: Sequence[VerifierKey]) -> Iterator[Fault | int]:
    """Yield what the *anchors* know better than the *log* of *size* entries, and at last how many were compared.

    Signatures are checked with *keys*, if the log has any.
    """
    compared = 0
    found: dict[str, list[Fault]] = {}
    for name, note in anchors.read():
        for kind, fault in _faults(name, note, log, size, keys):
            found.setdefault(kind, []).append(fault)
        compared += 1
    for kind, faults in found.items():
        # An anchor a minute says the same a thousand times a day: told is how far the log once was, or where it parts.
        told = faults[-1] if kind == _AHEAD else faults[0]
        more = f" ({len(faults) - 1} more anchors say the like)" if faults[1:] else ""
        yield Fault(told.index, told.problem + more)
    yield compared


_AHEAD = "ahead"


def _faults(
    name: str, note: Note | None, log: Nodes, size: int, keys: Sequence[VerifierKey]
) -> Iterator[tuple[str, Fault]]:
    """Yield what is wrong with the log, or with the anchor *name*, and of which kind that is."""
    try:
        head = Checkpoint.parse(note.text).head if note else None
    except ValueError:
        head = None
    if note is None or head is None:
        yield "unread", Fault(size, f"the anchor {name} is no checkpoint")
    elif note.signatures and not any(note.signed_by(key) for key in keys):
        yield "unsigned", Fault(size, f"the anchor {name} is not signed by a key that the log knows")
    elif head.size > size:
        problem = f"the log has {size} entries, but had {head.size} when it was anchored: its end was taken away"
        yield _AHEAD, Fault(size, problem)
    else:
        try:
            now = head_at(log, head.size)
        except LineageUnavailable as exc:
            yield "lost", Fault(head.size, exc.message)
            return
        if now != head:
            problem = f"the first {head.size} entries are not those that were anchored: the log is another"
            yield "another", Fault(head.size - 1, problem)


def address(url: str) -> str:
    """Return *url* without a password in it, be it one with a slash."""
    scheme, mark, rest = url.partition("://")
    host = rest.partition("/")[0]
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark and ("@" in host or ":" in host) else url


def _note(data: bytes) -> Note | None:
    try:
        return Note.parse(data.decode())
    except ValueError:
        return None
