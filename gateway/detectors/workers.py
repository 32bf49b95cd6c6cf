"""The workers of a pool while it runs: kept at work, and started again when they are lost."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.detectors.frames import Order, Ready
from gateway.detectors.process import WorkerLost, WorkerProcess, worker
from gateway.detectors.waiting import Batch, Queue
from gateway.domain.errors import GuardUnavailable

log = logging.getLogger(__name__)

_PAUSE = 0.1
"""Seconds before a worker is started again that was lost without an answer; twice as long each time."""
_LONGEST_PAUSE = 5.0


class Workers:
    """*count* workers that each carry out *order* in the loop that runs now."""

    def __init__(self, name: str, order: Order, count: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.queue = Queue()
        self.loaded: list[Ready] = []
        """What those that are ready have loaded, in the order in which they got ready."""
        self.trouble: str | None = None
        """Why none of them gets ready, once each has tried and one has tried again."""
        self.heard = asyncio.Event()
        """Set when one of them has got ready, or there is trouble."""
        self._failures = 0
        """How often in a row one of them did not get ready."""
        self._name = name
        self._closing = f"The detector {name} is being closed."
        self._order = order
        self._packed = order.packed()
        self._lanes = [asyncio.create_task(self._lane()) for _ in range(count)]

    async def close(self) -> None:
        """End them all; who waits for an answer is refused."""
        self.queue.close(self._closing)
        for lane in self._lanes:
            lane.cancel()
        await asyncio.gather(*self._lanes, return_exceptions=True)

    async def _lane(self) -> None:
        """Keep one worker at work for ever: when it is lost, another takes its place."""
        lost_at_once = 0
        while True:
            answered = await self._until_lost()
            lost_at_once = 0 if answered else lost_at_once + 1
            if lost_at_once:
                await asyncio.sleep(min(_LONGEST_PAUSE, _PAUSE * 2 ** (lost_at_once - 1)))

    async def _until_lost(self) -> int:
        """Keep a new worker at work until it is lost; return how many batches it has answered."""
        answered = 0
        ready = None
        try:
            async with worker(self.queue.wake) as one:
                ready = await self._loaded(one)
                with self._listed(ready):
                    while one.alive:
                        batch = await self.queue.next()
                        answered += await self._answered(one, batch) if batch else 0
            log.warning("A worker of the detector %s has ended and is started again.", self._name)
        except Exception as exc:  # whatever it is: a lane that ends would leave requests to wait for nobody
            why = str(exc) if isinstance(exc, WorkerLost) else type(exc).__name__
            log.warning("A worker of the detector %s is started again: %s.", self._name, why)
            if ready is None:
                self._failed(why)
        return answered

    @contextmanager
    def _listed(self, ready: Ready) -> Iterator[None]:
        self.loaded.append(ready)
        self.trouble, self._failures = None, 0
        self.heard.set()
        try:
            yield
        finally:
            self.loaded.remove(ready)

    async def _loaded(self, one: WorkerProcess) -> Ready:
        """Return what *one* has loaded; raises `WorkerLost` when it does not get ready."""
        try:
            async with asyncio.timeout(self._order.load_timeout):
                return await one.load(self._packed)
        except GuardUnavailable as exc:
            raise WorkerLost(exc.message.rstrip(".")) from None
        except TimeoutError:
            raise WorkerLost(f"it was not ready within {self._order.load_timeout:g} s") from None

    def _failed(self, why: str) -> None:
        self._failures += 1
        if self._failures > len(self._lanes):
            self.trouble = f"The detector {self._name} cannot be loaded: {why}."
            self.heard.set()

    async def _answered(self, one: WorkerProcess, batch: Batch) -> bool:
        """Have *one* answer *batch*; raises `WorkerLost` when it is not to be asked again."""
        try:
            async with asyncio.timeout(self._order.timeout):
                batch.done(await one.find(batch.texts))
        except GuardUnavailable as exc:
            batch.fail(exc)
        except TimeoutError:
            seconds = f"{self._order.timeout:g} s"
            batch.fail(GuardUnavailable(f"The detector {self._name} did not answer within {seconds}."))
            raise WorkerLost(f"it did not answer within {seconds}") from None
        except WorkerLost as lost:
            batch.fail(lost)
            raise
        finally:
            batch.fail(GuardUnavailable(self._closing))
        return True
