"""A detector that computes, in processes of its own, so that requests do not wait for each other's texts.

Only texts go out and findings come in. A worker that dies is replaced and its batch is looked through once more; one
that does not answer in time is ended; a text that has ended two workers is refused. Nothing passes that has not been
looked through: whatever goes wrong is `GuardUnavailable`.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from gateway.detectors.batches import batches, size
from gateway.detectors.frames import Order, Ready
from gateway.detectors.poison import Poison
from gateway.detectors.process import WorkerLost
from gateway.detectors.room import Room
from gateway.detectors.waiting import Batch, Turn
from gateway.detectors.workers import Workers
from gateway.domain.errors import ConfigurationError, GuardUnavailable
from gateway.domain.findings import Finding
from gateway.interfaces import Detector

T = TypeVar("T")

_WORTH_IT = 2_048
"""Bytes of a batch below which another worker's help would save nothing."""


@dataclass(frozen=True, eq=False)
class PoolDetector:
    """Has *detector* look through texts in *processes* processes. Times are in seconds.

    The workers belong to the event loop in which the pool was first used, and end with it or by `aclose`.
    """

    detector: Detector
    processes: int = 2
    timeout: float = 10.0
    """How long a request may take, waiting included, and how long a worker may be silent."""
    load_timeout: float = 60.0
    wait: bool = False
    """Whether the gateway starts only when a worker is ready. Otherwise the first requests wait for that."""
    batch_bytes: int = 32_768
    """How much a worker is given at a time; a longer text is not cut."""
    max_requests: int = 256
    """How many requests may be here at a time; one more is refused at once."""
    max_bytes: int = 16_000_000
    """How long their texts may be in all."""
    _room: Room = field(init=False, repr=False)
    _poison: Poison = field(init=False, repr=False, default_factory=Poison)
    _running: Workers | None = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        numbers = ("processes", "timeout", "load_timeout", "batch_bytes", "max_requests", "max_bytes")
        for name in numbers:
            if not getattr(self, name) > 0:
                raise ConfigurationError(f"pool: {name}: {getattr(self, name)} is not more than 0")
        try:
            self._order.packed()
        except Exception as exc:
            raise ConfigurationError(f"pool: {self.detector.version} cannot be sent to another process: {exc}") from exc
        object.__setattr__(self, "_room", Room(self._name, self.max_requests, self.max_bytes))

    @property
    def reads_phrases(self) -> bool:
        """`True`: what is worth processes of its own reads more than words."""
        return True

    @property
    def version(self) -> str:
        """What the worker that got ready last has loaded; until there is one, what would be."""
        ready = self._ready
        return ready.version if ready else self.detector.version

    @property
    def entities(self) -> frozenset[str]:
        """What the worker that got ready last can find; until there is one, what it should."""
        ready = self._ready
        return ready.entities if ready else self.detector.entities

    @property
    def ready(self) -> int:
        """How many workers are ready."""
        return len(self._running.loaded) if self._running else 0

    async def prepare(self) -> None:
        """Start the workers, and `wait` for the first that is ready; raises `GuardUnavailable` when there is none."""
        workers = self._workers()
        if self.wait:
            await _in_loop(workers.loop, workers.heard.wait())
            if workers.trouble:
                raise GuardUnavailable(workers.trouble)

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text, in the order of *texts*; raises `GuardUnavailable` when it cannot look."""
        workers = self._workers()
        try:
            async with asyncio.timeout(self.timeout):
                return await _in_loop(workers.loop, self._find(workers, texts))
        except TimeoutError:
            raise GuardUnavailable(
                f"The detector {self._name} did not answer within {self.timeout:g} s; {self.ready} of its"
                f" {self.processes} processes are ready."
            ) from None

    async def aclose(self) -> None:
        """End the workers."""
        workers, loop = self._running, asyncio.get_running_loop()
        object.__setattr__(self, "_running", None)
        if workers and (workers.loop is loop or workers.loop.is_running()):
            await _in_loop(workers.loop, workers.close())

    async def _find(self, workers: Workers, texts: Sequence[str]) -> list[list[Finding]]:
        if workers.trouble and not workers.loaded:
            raise GuardUnavailable(workers.trouble)
        if self._poison.holds(texts):
            raise GuardUnavailable(
                f"A text has ended processes of the detector {self._name} and is not looked at again."
            )
        total = sum(map(size, texts))
        most = min(self.batch_bytes, max(_WORTH_IT, -(-total // self.processes)))
        with self._room.taken(total), workers.queue.turn() as turn:
            waiting = [turn.add(some) for some in batches(texts, most)]
            answers = [await self._answer(turn, batch) for batch in waiting]
        return [findings for answer in answers for findings in answer]

    async def _answer(self, turn: Turn, batch: Batch) -> list[list[Finding]]:
        """Return the findings of *batch*. If it has lost its worker, each of its texts is looked through alone."""
        try:
            return await batch.answer
        except WorkerLost:
            return [await self._again(turn, text) for text in batch.texts]

    async def _again(self, turn: Turn, text: str) -> list[Finding]:
        try:
            (findings,) = await turn.add([text]).answer
        except WorkerLost as exc:
            self._poison.add(text)
            raise GuardUnavailable(f"A text has ended processes of the detector {self._name} twice.") from exc
        return findings

    def _workers(self) -> Workers:
        """Return the workers, started here and now if they are not, or if their loop has ended."""
        running, loop = self._running, asyncio.get_running_loop()
        if running is None or not (running.loop is loop or running.loop.is_running()):
            running = Workers(self._name, self._order, self.processes)
            object.__setattr__(self, "_running", running)
        return running

    @property
    def _ready(self) -> Ready | None:
        return self._running.loaded[-1] if self._running and self._running.loaded else None

    @property
    def _order(self) -> Order:
        return Order.like(self.detector, self.timeout, self.load_timeout)

    @property
    def _name(self) -> str:
        """The name in the detector's version, for sentences."""
        return self.detector.version.partition(" ")[0]


async def _in_loop(loop: asyncio.AbstractEventLoop, work: Coroutine[None, None, T]) -> T:
    """Return what *work* returns in *loop*, which may run in another thread."""
    if loop is asyncio.get_running_loop():
        return await work
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))
