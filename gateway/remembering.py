"""What requests and answers leave behind for later ones: declared documents and earlier answers can be recognised.

It is written behind the answer, by one thread, so that nobody waits for it. An answer is known again from the moment at
which it was handed over, also while it is still to be written.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias

from gateway.domain.documents import Chunk
from gateway.domain.errors import LineageUnavailable
from gateway.recognition.answers import Answer, Answers, Print

log = logging.getLogger(__name__)

WAITING = 10_000
"""Things to remember that may wait to be written; then whoever brings another one waits."""

TOGETHER = 200
"""Things that are written together."""

PAUSE = 0.2
"""Seconds between writing all that waits and looking again: every write takes the database from the log's writer."""


class Register(Protocol):
    """Makes chunks recognisable; may wait for a disk."""

    def register(self, chunks: Sequence[Chunk], tenant: str) -> int:
        """Make *chunks* of *tenant* recognisable. Idempotent. Raises `LineageUnavailable`."""


class Keep(Answers, Protocol):
    """Keeps the prints of answers; may wait for a disk."""

    def remember_all(self, answers: Sequence[Answer]) -> None:
        """Keep the prints of *answers*. Raises `LineageUnavailable`."""


@dataclass(frozen=True, slots=True)
class Declared:
    """Chunks that a caller declared."""

    chunks: Sequence[Chunk]
    tenant: str


Thing: TypeAlias = Declared | Answer | None
"""Something to remember; `None` is the end."""


class Memory:
    """Remembers, and is `Answers` for whoever asks what was remembered."""

    def __init__(self, register: Register, keep: Keep) -> None:
        self._register = register
        self._keep = keep
        self._queue: queue.Queue[Thing] = queue.Queue(WAITING)
        self._unread: dict[Answer, None] = {}
        """Answers that wait to be written, and whose prints nobody has asked for."""
        self._pending: dict[tuple[str, int], dict[str, None]] = {}
        """Runs of the other answers that wait to be written, by tenant and hash."""
        self._prints: dict[Answer, Print | None] = {}
        """Prints of these."""
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        """Held by whoever makes prints, which takes too long to be done under the other lock."""
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    async def declared(self, chunks: Sequence[Chunk], tenant: str) -> None:
        """Let *chunks* of *tenant* be recognised from soon on."""
        if chunks:
            await self._hand_over(Declared(chunks, tenant))

    async def answered(self, run: str, tenant: str, texts: Sequence[str]) -> None:
        """Let each of *texts*, which *run* has answered to *tenant*, be known again from now on."""
        for text in texts:
            answer = Answer(run, tenant, text)
            with self._lock:
                self._unread[answer] = None
            await self._hand_over(answer)

    def remember(self, run: str, tenant: str, text: str) -> None:
        """Keep the print of the answer *text* now. Raises `LineageUnavailable`."""
        self._keep.remember(run, tenant, text)

    def runs(self, tenant: str, hashes: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Return by hash the runs of *tenant* whose answers have it, the latest first. Raises `LineageUnavailable`."""
        with self._reading:
            self._read()
        with self._lock:
            pending = {one: [*self._pending.get((tenant, one), ())] for one in hashes}
        written = self._keep.runs(tenant, hashes)
        both = {one: [*dict.fromkeys((*reversed(pending[one]), *written.get(one, ())))] for one in hashes}
        return {one: runs for one, runs in both.items() if runs}

    def close(self) -> None:
        """Return when everything that was handed over is written, or cannot be."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._closing.set()
            self._queue.put(None)
            thread.join()

    async def _hand_over(self, thing: Thing) -> None:
        if self._thread is None:
            self._closing.clear()
            self._thread = threading.Thread(target=self._write, name="remembering", daemon=True)
            self._thread.start()
        try:
            self._queue.put_nowait(thing)
        except queue.Full:
            await asyncio.to_thread(self._queue.put, thing)

    def _write(self) -> None:
        over = False
        while not over:
            things = [self._queue.get()]
            while len(things) < TOGETHER and not self._queue.empty():
                things.append(self._queue.get())
            over = None in things
            for one in things:
                if isinstance(one, Declared):
                    self._attempt("declared documents", partial(self._register.register, one.chunks, one.tenant))
            answers = [one for one in things if isinstance(one, Answer)]
            if answers:
                self._attempt("answers", partial(self._keep.remember_all, answers))
                self._written(answers)
            if self._queue.empty():
                self._closing.wait(PAUSE)

    def _attempt(self, what: str, write: Callable[[], object]) -> None:
        try:
            write()
        except LineageUnavailable as exc:
            log.error("%s cannot be recognised later: %s", what, exc.message)

    def _read(self) -> None:
        """Make the prints of the answers that wait and have none yet."""
        with self._lock:
            unread = [*self._unread]
        prints = dict(zip(unread, Print.all([answer.text for answer in unread]), strict=True))
        with self._lock:
            for answer, found in prints.items():
                if answer in self._unread:  # it may have been written meanwhile
                    del self._unread[answer]
                    self._prints[answer] = found
                    for one in found.hashes if found else ():
                        self._pending.setdefault((answer.tenant, one), {})[answer.run] = None

    def _written(self, answers: Sequence[Answer]) -> None:
        with self._lock:
            for answer in answers:
                self._unread.pop(answer, None)
                found = self._prints.pop(answer, None)
                for one in found.hashes if found else ():
                    runs = self._pending.get((answer.tenant, one), {})
                    runs.pop(answer.run, None)
                    if not runs:
                        self._pending.pop((answer.tenant, one), None)
