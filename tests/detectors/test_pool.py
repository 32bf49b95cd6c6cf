import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detectors.patterns import PatternDetector
from gateway.detectors.pool import PoolDetector
from gateway.domain.errors import ConfigurationError, GuardUnavailable
from gateway.domain.findings import Finding
from gateway.interfaces import Detector
from tests.detectors.obedient import ObedientDetector
from tests.detectors.test_workers import processes
from tests.planted import ALL
from tests.waiting import eventually

ONE = PoolDetector(ObedientDetector(), processes=1, timeout=5, wait=True)
TWO = replace(ONE, processes=2)


@asynccontextmanager
async def opened(pool: PoolDetector) -> AsyncIterator[PoolDetector]:
    await pool.prepare()
    try:
        yield pool
    finally:
        await pool.aclose()
        assert processes() == set()


def xs(*places: int) -> list[Finding]:
    return [Finding("X", at, at + 1, 0.5, "obedient") for at in places]


ANY_TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from([planted.text for planted in ALL])


async def test_it_finds_what_its_detector_does_in_the_same_order() -> None:
    detector = PatternDetector()
    async with opened(PoolDetector(detector, batch_bytes=40, timeout=60, wait=True)) as pool:
        loop = asyncio.get_running_loop()

        def find(of: Detector, texts: list[str]) -> list[list[Finding]]:
            return asyncio.run_coroutine_threadsafe(of.find(texts), loop).result()

        @given(st.lists(ANY_TEXT, max_size=12))
        def same(texts: list[str]) -> None:
            assert find(pool, texts) == find(detector, texts)

        await asyncio.to_thread(same)


async def test_a_worker_that_is_killed_at_work_costs_the_request_nothing() -> None:
    async with opened(ONE) as pool:
        (worker,) = processes()
        asked = asyncio.create_task(pool.find(["sleep 0.4 x"]))
        await asyncio.sleep(0.2)
        os.kill(worker, signal.SIGKILL)

        assert await asked == [xs(10)]


async def test_only_the_text_that_ends_workers_is_refused_and_then_at_once(tmp_path: Path) -> None:
    texts = ["x", "die", "xx"]
    async with opened(TWO) as pool:
        with pytest.raises(GuardUnavailable, match="has ended processes of the detector obedient-1 twice"):
            await pool.find(texts)
        await eventually(lambda: pool.ready == 2)
        before = processes()
        with pytest.raises(GuardUnavailable, match="is not looked at again"):
            await pool.find(texts)

        assert await pool.find(["x", "xx"]) == [xs(0), xs(0, 1)]
        assert processes() == before


async def test_a_batch_is_looked_through_once_more_after_its_worker_has_died(tmp_path: Path) -> None:
    async with opened(ONE) as pool:
        found = await pool.find(["x", f"die_once {tmp_path / 'mark'}", "yx"])

    assert [found[0], found[2]] == [xs(0), xs(1)]


async def test_a_text_that_hangs_is_refused_at_the_timeout_while_others_are_served() -> None:
    async with opened(replace(TWO, timeout=0.5)) as pool:
        started = time.monotonic()
        hanging = asyncio.create_task(pool.find(["hang"]))
        served = [await pool.find(["x"]) for _ in range(5)]
        with pytest.raises(GuardUnavailable, match=r"did not answer within 0\.5 s"):
            await hanging
        took = time.monotonic() - started
        await eventually(lambda: pool.ready == 2)

    assert served == [[xs(0)]] * 5
    assert 0.4 < took < 1.5


@pytest.mark.parametrize("order", ["beyond", "garble"])
async def test_what_a_worker_may_not_say_is_never_a_finding(order: str) -> None:
    async with opened(ONE) as pool:
        with pytest.raises(GuardUnavailable) as caught:
            await pool.find([order])

        assert await pool.find(["x"]) == [xs(0)]
    assert order not in caught.value.message


@pytest.mark.parametrize("order", ["short", "fail secret", "refuse"])
async def test_what_the_detector_refuses_is_refused_and_its_worker_goes_on(order: str) -> None:
    async with opened(ONE) as pool:
        before = processes()
        with pytest.raises(GuardUnavailable) as caught:
            await pool.find(["x", order])

        assert processes() == before
    assert "secret" not in caught.value.message


async def test_more_than_it_may_hold_is_refused_at_once_and_places_become_free() -> None:
    async with opened(replace(ONE, max_requests=2, max_bytes=100)) as pool:
        first, second = (asyncio.create_task(pool.find([f"sleep 0.3 {n}"])) for n in "ab")
        await asyncio.sleep(0.1)
        started = time.monotonic()
        with pytest.raises(GuardUnavailable, match="as much waiting as it may"):
            await pool.find(["x"])
        refused_after = time.monotonic() - started
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second

        assert refused_after < 0.1
        assert await pool.find(["x"]) == [xs(0)]
        assert await first == [[]]
        with pytest.raises(GuardUnavailable, match="as much waiting as it may"):
            await pool.find(["x" * 101])


async def test_requests_that_wait_too_long_are_refused() -> None:
    async with opened(replace(ONE, timeout=0.6)) as pool:
        asked = [asyncio.create_task(pool.find(["sleep 0.4"])) for _ in range(3)]
        results = await asyncio.gather(*asked, return_exceptions=True)

        assert results[0] == [[]]
        assert [type(result) for result in results[1:]] == [GuardUnavailable] * 2
        assert await pool.find(["x"]) == [xs(0)]


async def test_a_request_that_was_cancelled_leaves_its_worker_to_others() -> None:
    async with opened(ONE) as pool:
        before = processes()
        asked = asyncio.create_task(pool.find(["sleep 0.3", "x"]))
        await asyncio.sleep(0.1)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked

        assert await pool.find(["xx"]) == [xs(0, 1)]
        assert processes() == before


async def test_nothing_is_asked_about_no_texts() -> None:
    async with opened(ONE) as pool:
        assert await pool.find([]) == []


async def test_several_texts_are_looked_through_at_the_same_time() -> None:
    texts = ["sleep 0.3 " + "." * 2_000] * 2
    async with opened(TWO) as pool:
        await eventually(lambda: pool.ready == 2)
        started = time.monotonic()
        await pool.find(texts)

        assert time.monotonic() - started < 0.55


async def test_preparing_starts_the_workers_and_does_not_wait_unless_told() -> None:
    slow = ObedientDetector(load_seconds=0.5)
    async with opened(PoolDetector(slow, processes=1)) as pool:
        ready_then = pool.ready

        assert await pool.find(["x"]) == [xs(0)]
    async with opened(PoolDetector(slow, processes=1, wait=True)) as pool:
        assert (ready_then, pool.ready) == (0, 1)


async def test_a_request_waits_no_longer_for_the_first_worker_than_for_an_answer() -> None:
    async with opened(PoolDetector(ObedientDetector(load_seconds=3), processes=1, timeout=0.3)) as pool:
        with pytest.raises(GuardUnavailable, match=r"did not answer within 0\.3 s; 0 of its 1 processes are ready"):
            await pool.find(["x"])


async def test_it_starts_with_the_first_request_when_nobody_has_prepared_it() -> None:
    pool = PoolDetector(ObedientDetector(), processes=1)
    try:
        assert await pool.find(["x"]) == [xs(0)]
    finally:
        await pool.aclose()


async def test_what_cannot_be_loaded_refuses_to_start_and_refuses_requests_at_once() -> None:
    broken = PoolDetector(ObedientDetector(load_order="refuse"), processes=1, wait=True)
    with pytest.raises(GuardUnavailable, match="cannot be loaded: The model is on holiday"):
        async with opened(broken):
            pass
    try:
        with pytest.raises(GuardUnavailable, match="cannot be loaded: The model is on holiday"):
            await broken.find(["x"])
    finally:
        await broken.aclose()


async def test_version_and_entities_are_what_a_worker_has_loaded() -> None:
    detector = ObedientDetector()
    pool = PoolDetector(detector, processes=1, wait=True)
    before = pool.version, pool.entities
    async with opened(pool):
        loaded = pool.version, pool.entities

    assert before == (detector.version, detector.entities)
    assert loaded == (f"{detector.version} really", detector.entities | {"Y"})


async def test_another_loop_may_ask_while_its_own_runs() -> None:
    """The demo brings documents in from a thread beside the server's."""
    found: list[list[list[Finding]]] = []
    async with opened(ONE) as pool:
        before = processes()
        thread = threading.Thread(target=lambda: found.append(asyncio.run(pool.find(["x"]))))
        thread.start()
        await asyncio.to_thread(thread.join)

        assert found == [[xs(0)]]
        assert processes() == before


def test_it_starts_anew_in_another_loop_when_its_own_has_ended() -> None:
    pool = PoolDetector(ObedientDetector(), processes=1)

    async def asked() -> list[list[Finding]]:
        return await pool.find(["x"])

    assert [asyncio.run(asked()) for _ in range(2)] == [[xs(0)]] * 2
    assert processes() == set()


ALONE = """
import asyncio, psutil
from gateway.detectors.pool import PoolDetector
from tests.detectors.obedient import ObedientDetector

async def main():
    pool = PoolDetector(ObedientDetector(), processes=2, timeout=0.5)
    await pool.prepare()
    while pool.ready < 2:
        await asyncio.sleep(0.01)
    print(*(child.pid for child in psutil.Process().children()), flush=True)
    await pool.find(["hang"])

asyncio.run(main())
"""


async def test_workers_end_when_their_gateway_is_killed_busy_or_not() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = sys.executable, "-c", ALONE
    gateway = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
    assert gateway.stdout
    workers = [int(pid) for pid in (await gateway.stdout.readline()).split()]
    gateway.kill()
    await gateway.wait()
    await eventually(lambda: not any(map(psutil.pid_exists, workers)))

    assert len(workers) == 2


async def test_this_process_stays_small() -> None:
    """What a detector loads is in its workers only."""
    async with opened(PoolDetector(ObedientDetector(load_order="grow 50000000"), processes=1, wait=True)):
        (worker,) = processes()
        theirs, mine = psutil.Process(worker).memory_info().rss, psutil.Process().memory_info().rss
    grown = psutil.Process().memory_info().rss - mine

    assert theirs > 50_000_000
    assert grown < 10_000_000


@pytest.mark.parametrize("field", ["batch_bytes", "load_timeout", "max_bytes", "max_requests", "processes", "timeout"])
def test_a_size_or_time_must_be_more_than_nothing(field: str) -> None:
    with pytest.raises(ConfigurationError, match=field):
        replace(ONE, **{field: 0})


def test_a_detector_that_no_other_process_can_build_is_told_at_once() -> None:
    class Local(ObedientDetector):
        """Not to be found by its name."""

    with pytest.raises(ConfigurationError, match="cannot be sent to another process"):
        PoolDetector(Local())
