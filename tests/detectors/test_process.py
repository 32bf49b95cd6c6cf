import asyncio
import os
import signal

import psutil
import pytest

from gateway.detectors.frames import Order, Ready
from gateway.detectors.process import WorkerLost, worker
from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding
from tests.detectors.obedient import ObedientDetector

ORDER = Order.like(ObedientDetector(), 5, 5).packed()


def ignore() -> None:
    """Take no notice of a worker's end."""


async def test_it_says_what_it_has_loaded_and_finds() -> None:
    async with worker(ignore) as one:
        ready = await one.load(ORDER)
        found = await one.find(["ax", ""])

    assert ready == Ready(f"{ObedientDetector().version} really", frozenset({"X", "Y"}))
    assert found == [[Finding("X", 1, 2, 0.5, "obedient")], []]


async def test_nothing_is_left_of_it() -> None:
    async with worker(ignore) as one:
        await one.load(ORDER)
        pid = one.pid

    assert not psutil.pid_exists(pid)


async def test_its_end_is_told_and_makes_it_lost() -> None:
    gone = asyncio.Event()
    async with worker(gone.set) as one:
        await one.load(ORDER)
        os.kill(one.pid, signal.SIGKILL)
        await gone.wait()

        assert not one.alive
        with pytest.raises(WorkerLost):
            await one.find(["x"])


@pytest.mark.parametrize("order", ["die", "garble", "beyond"])
async def test_it_is_lost_when_it_ends_or_says_what_cannot_be(order: str) -> None:
    async with worker(ignore) as one:
        await one.load(ORDER)

        with pytest.raises(WorkerLost) as caught:
            await one.find([order])

    assert order not in str(caught.value)


async def test_what_the_detector_refuses_is_passed_on_and_it_goes_on() -> None:
    async with worker(ignore) as one:
        await one.load(ORDER)
        with pytest.raises(GuardUnavailable, match="on holiday"):
            await one.find(["refuse"])
        with pytest.raises(GuardUnavailable) as caught:
            await one.find(["fail to tell"])

        assert await one.find([""]) == [[]]
    assert caught.value.message == "The detector failed (ValueError)."


async def test_it_cannot_be_loaded_when_its_detector_cannot_look() -> None:
    async with worker(ignore) as one:
        with pytest.raises(GuardUnavailable, match="on holiday"):
            await one.load(Order.like(ObedientDetector(load_order="refuse"), 5, 5).packed())


async def test_a_text_longer_than_the_pipe_goes_through() -> None:
    text = "x" * 100 + "é" * 1_000_000
    async with worker(ignore) as one:
        await one.load(ORDER)
        (found,) = await one.find([text])

    assert len(found) == 100
