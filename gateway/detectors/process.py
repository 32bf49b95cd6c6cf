"""A worker as its pool sees it: a process that looks through one batch at a time."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from gateway.detectors import frames
from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding

COMMAND = (sys.executable, "-P", "-m", "gateway.detectors.worker")
_ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Each worker computes on one core: the pool's size says how many are used."""


class WorkerLost(Exception):
    """A worker has ended, or can no longer be relied on; what it was at has not been looked through."""


class WorkerProcess:
    """A process of its own: started, not forked, so that nothing of this one is in it."""

    def __init__(self, process: Process, gone: Callable[[], None]) -> None:
        self._process = process
        self._watch = asyncio.create_task(self._watched(gone))

    @property
    def alive(self) -> bool:
        """Whether it still runs, as far as is known."""
        return self._process.returncode is None

    @property
    def pid(self) -> int:
        """The id of its process."""
        return self._process.pid

    async def load(self, order: bytes) -> frames.Ready:
        """Have it load what *order* says; raises `GuardUnavailable` when that cannot be loaded, `WorkerLost`."""
        said = await self._asked(order)
        if not isinstance(said, frames.Ready):
            raise WorkerLost("it did not say what it has loaded")
        return said

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each of *texts*; raises `GuardUnavailable` when it cannot look, `WorkerLost`."""
        said = await self._asked(frames.packed(texts))
        if not isinstance(said, frames.Found):
            raise WorkerLost("it did not answer with findings")
        try:
            return said.findings(texts)
        except ValueError as exc:
            raise WorkerLost(str(exc)) from None

    async def _asked(self, body: bytes) -> frames.Answer:
        try:
            said = frames.answer(await self._exchanged(body))
        except (OSError, EOFError, RuntimeError) as exc:
            raise WorkerLost("it ended") from exc
        except ValueError:
            raise WorkerLost("it said what is no answer") from None
        if isinstance(said, frames.Refused):
            raise GuardUnavailable(said.sentence)
        return said

    async def _exchanged(self, body: bytes) -> bytes:
        to, back = self._process.stdin, self._process.stdout
        if to is None or back is None:
            raise EOFError
        to.write(frames.frame(body))
        await to.drain()
        (length,) = frames.HEAD.unpack(await back.readexactly(frames.HEAD.size))
        if length > frames.LONGEST:
            raise ValueError
        return await back.readexactly(length)

    def kill(self) -> None:
        """End it, whatever it does."""
        if self.alive:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)  # its own `kill` looks whether it lives, and so takes its exit status
        if self._process.stdin:
            self._process.stdin.close()

    async def ended(self) -> None:
        """Wait until nothing of it is left."""
        if self._process.stdout:
            await self._process.stdout.read()
        await self._process.wait()
        await asyncio.wait([self._watch])

    async def _watched(self, gone: Callable[[], None]) -> None:
        await self._process.wait()
        gone()


@asynccontextmanager
async def worker(gone: Callable[[], None]) -> AsyncIterator[WorkerProcess]:
    """Run a worker while the block lasts; *gone* is called when it ends. Raises `WorkerLost` when there can be none."""
    try:
        process = await asyncio.create_subprocess_exec(*COMMAND, stdin=PIPE, stdout=PIPE, env=_environment())
    except OSError as exc:
        raise WorkerLost(f"it cannot be started: {exc.strerror}") from exc
    started = WorkerProcess(process, gone)
    try:
        yield started
    finally:
        started.kill()
        await _to_its_end(started.ended())


async def _to_its_end(work: Coroutine[None, None, None]) -> None:
    """Finish *work* also when cancelled in the middle of it."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _environment() -> Mapping[str, str]:
    """Return this process's environment, with the places where it finds its modules."""
    return {**_ONE_CORE, **os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}
