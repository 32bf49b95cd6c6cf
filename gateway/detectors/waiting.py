"""Batches that wait for a worker."""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding


class Batch:
    """Texts to be looked through together, and what came of it."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.answer: asyncio.Future[list[list[Finding]]] = asyncio.get_running_loop().create_future()

    def done(self, findings: list[list[Finding]]) -> None:
        """Answer with *findings*, when somebody still waits for them."""
        if not self.answer.done():
            self.answer.set_result(findings)

    def fail(self, error: Exception) -> None:
        """Answer with *error*, when there is no answer yet."""
        if not self.answer.done():
            self.answer.set_exception(error)

    def forget(self) -> None:
        """Take note that nobody waits for the answer any more."""
        if not self.answer.cancel() and not self.answer.cancelled():
            self.answer.exception()  # or asyncio would complain that nobody has looked at it


class Turn:
    """The batches of one request."""

    def __init__(self, queue: "Queue") -> None:
        self._queue = queue
        self.waiting: deque[Batch] = deque()
        self.put: list[Batch] = []

    def add(self, texts: Sequence[str]) -> Batch:
        """Return a new batch of *texts*, which waits from now on; raises `GuardUnavailable` when nobody takes any."""
        batch = Batch(texts)
        self.put.append(batch)
        self.waiting.append(batch)
        self._queue.enter(self)
        return batch


class Queue:
    """Requests in turn: each time a batch of the next, so that a long document does not keep others waiting."""

    def __init__(self) -> None:
        self._turns: deque[Turn] = deque()
        self._stirred = asyncio.Event()
        self._closed: str | None = None

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Take part while the block lasts; what then still waits is forgotten."""
        turn = Turn(self)
        try:
            yield turn
        finally:
            if turn in self._turns:
                self._turns.remove(turn)
            for batch in turn.put:
                batch.forget()

    def enter(self, turn: Turn) -> None:
        """Let *turn* wait, if it does not already; raises `GuardUnavailable` when the queue is closed."""
        if self._closed:
            raise GuardUnavailable(self._closed)
        if turn not in self._turns:
            self._turns.append(turn)
        self._stirred.set()

    async def next(self) -> Batch | None:
        """Return the batch whose turn it is, waiting for one; `None` when woken without one."""
        if not self._turns:
            self._stirred.clear()
            await self._stirred.wait()
        if not self._turns:
            return None
        turn = self._turns.popleft()
        batch = turn.waiting.popleft()
        if turn.waiting:
            self._turns.append(turn)
        return batch

    def wake(self) -> None:
        """Have everybody who waits for a batch look up."""
        self._stirred.set()

    def close(self, why: str) -> None:
        """Refuse what waits, and what comes later, with the sentence *why*."""
        self._closed = why
        for turn in self._turns:
            for batch in turn.waiting:
                batch.fail(GuardUnavailable(why))
        self._turns.clear()
