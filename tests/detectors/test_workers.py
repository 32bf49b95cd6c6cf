import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from gateway.detectors.frames import Order
from gateway.detectors.process import WorkerLost
from gateway.detectors.workers import Workers
from gateway.domain.errors import GuardUnavailable
from tests.detectors.obedient import ObedientDetector
from tests.waiting import eventually


def processes() -> set[int]:
    """Return the children of this process that are workers, also what is left of one that has ended."""
    return {child.pid for child in psutil.Process().children() if is_worker(child)}


def is_worker(child: psutil.Process) -> bool:
    try:
        command = child.cmdline()
    except psutil.ZombieProcess:
        return True
    except psutil.NoSuchProcess:
        return False
    return not command or "gateway.detectors.worker" in command


@asynccontextmanager
async def working(
    detector: ObedientDetector, *, count: int = 1, seconds: float = 5, load_seconds: float = 5
) -> AsyncIterator[Workers]:
    workers = Workers("obedient", Order.like(detector, seconds, load_seconds), count)
    try:
        yield workers
    finally:
        await workers.close()
        assert processes() == set()


async def test_they_get_ready_by_themselves_and_leave_nothing_behind() -> None:
    async with working(ObedientDetector(), count=2) as workers:
        await eventually(lambda: len(workers.loaded) == 2)

        assert len(processes()) == 2


async def test_one_that_is_killed_while_it_waits_is_replaced_at_once() -> None:
    async with working(ObedientDetector()) as workers:
        await eventually(lambda: workers.loaded)
        (first,) = processes()
        os.kill(first, signal.SIGKILL)
        await eventually(lambda: not workers.loaded)
        await eventually(lambda: workers.loaded)

        assert processes() != {first}


async def test_the_batch_of_one_that_dies_is_told_so() -> None:
    async with working(ObedientDetector()) as workers:
        with workers.queue.turn() as turn:
            batch = turn.add(["die"])

            with pytest.raises(WorkerLost):
                await batch.answer


async def test_one_that_hangs_is_ended_at_the_timeout_and_replaced() -> None:
    async with working(ObedientDetector(), seconds=0.3) as workers:
        await eventually(lambda: workers.loaded)
        (first,) = processes()
        with workers.queue.turn() as turn:
            batch = turn.add(["hang"])
            with pytest.raises(GuardUnavailable, match=r"did not answer within 0\.3 s"):
                await batch.answer
        await eventually(lambda: workers.loaded and first not in processes())
        with workers.queue.turn() as turn:
            assert await turn.add([""]).answer == [[]]


async def test_closing_waits_for_one_that_is_ending() -> None:
    async with working(ObedientDetector(), count=2, seconds=0.2) as workers:
        await eventually(lambda: len(workers.loaded) == 2)
        with workers.queue.turn() as turn, pytest.raises(GuardUnavailable):
            await turn.add(["hang"]).answer

    assert processes() == set()


async def test_one_that_stands_still_is_ended_at_the_timeout() -> None:
    async with working(ObedientDetector(), seconds=0.3) as workers:
        await eventually(lambda: workers.loaded)
        (first,) = processes()
        os.kill(first, signal.SIGSTOP)
        with workers.queue.turn() as turn, pytest.raises(GuardUnavailable):
            await turn.add(["x" * 1_000_000]).answer
        await eventually(lambda: workers.loaded and not psutil.pid_exists(first))

        assert processes().isdisjoint({first})


async def test_one_that_cannot_load_is_started_again_less_and_less_often(tmp_path: Path) -> None:
    tally = tmp_path / "tally"
    async with working(ObedientDetector(load_order=f"tally {tally}")) as workers:
        await workers.heard.wait()
        said = workers.trouble
        started = time.monotonic()
        await eventually(lambda: tally.stat().st_size >= 4)

    assert said == "The detector obedient cannot be loaded: it ended."
    assert time.monotonic() - started > 0.1 + 0.2 + 0.4


async def test_what_the_detector_says_while_loading_is_told() -> None:
    async with working(ObedientDetector(load_order="refuse")) as workers:
        await workers.heard.wait()

        assert workers.trouble == "The detector obedient cannot be loaded: The model is on holiday."


async def test_one_that_takes_too_long_to_load_is_ended() -> None:
    async with working(ObedientDetector(load_order="hang"), load_seconds=0.5) as workers:
        await workers.heard.wait()

        assert workers.trouble == "The detector obedient cannot be loaded: it was not ready within 0.5 s."


async def test_one_death_while_loading_is_no_trouble(tmp_path: Path) -> None:
    async with working(ObedientDetector(load_order=f"die_once {tmp_path / 'mark'}")) as workers:
        await workers.heard.wait()

        assert workers.loaded
        assert workers.trouble is None


async def test_trouble_is_over_when_one_gets_ready(tmp_path: Path) -> None:
    tally = tmp_path / "tally"
    async with working(ObedientDetector(load_order=f"tally_to_3 {tally}")) as workers:
        await eventually(lambda: workers.trouble)
        await eventually(lambda: workers.loaded)

        assert workers.trouble is None


async def test_closing_refuses_who_waits_for_an_answer() -> None:
    async with working(ObedientDetector()) as workers:
        await eventually(lambda: workers.loaded)
        with workers.queue.turn() as turn:
            at_work, waiting = turn.add(["sleep 3"]), turn.add(["x"])
            await asyncio.sleep(0.1)
            await workers.close()

            for batch in (at_work, waiting):
                with pytest.raises(GuardUnavailable, match="is being closed"):
                    await batch.answer
