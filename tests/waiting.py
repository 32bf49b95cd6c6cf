"""Waiting for what another thread, task or process does."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE = 30.0
"""Seconds: long enough for a busy machine, as nothing is measured by it."""


def until(true: Callable[[], T], seconds: float = PATIENCE) -> T:
    """Return what *true* returns once that is true; fail if it takes too long."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)
    return found


async def eventually(true: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Do the same while the event loop goes on."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - it comes true in another thread or process
            await asyncio.sleep(0.002)
