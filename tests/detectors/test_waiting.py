import asyncio

import pytest

from gateway.detectors.waiting import Queue
from gateway.domain.errors import GuardUnavailable


async def test_requests_get_a_batch_each_in_turn() -> None:
    """A long document does not keep others waiting."""
    queue = Queue()
    with queue.turn() as long, queue.turn() as short:
        for text in ("1", "2", "3"):
            long.add([text])
        short.add(["a"])
        order = [batch.texts[0] for _ in range(4) if (batch := await queue.next())]

    assert order == ["1", "a", "2", "3"]


async def test_who_waits_is_woken_by_a_batch() -> None:
    queue = Queue()
    taking = asyncio.create_task(queue.next())
    await asyncio.sleep(0)
    with queue.turn() as turn:
        added = turn.add(["x"])
        taken = await taking

    assert taken is added


async def test_who_is_woken_without_a_batch_gets_none() -> None:
    queue = Queue()
    taking = asyncio.create_task(queue.next())
    await asyncio.sleep(0)
    queue.wake()

    assert await taking is None


async def test_what_nobody_waits_for_any_more_is_not_given_out() -> None:
    queue = Queue()
    with queue.turn() as gone:
        gone.add(["x"])
        gone.add(["y"])
    with queue.turn() as turn:
        left = turn.add(["z"])

        assert await queue.next() is left


async def test_an_answer_that_nobody_looks_at_is_no_complaint() -> None:
    with Queue().turn() as turn:
        failed, late = turn.add(["x"]), turn.add(["y"])
        failed.fail(KeyError())
    late.done([[]])
    late.fail(KeyError())

    assert late.answer.cancelled()


async def test_closing_refuses_who_waits_and_who_comes() -> None:
    queue = Queue()
    with queue.turn() as turn:
        waiting = turn.add(["x"])
        queue.close("Closed.")

        with pytest.raises(GuardUnavailable, match="Closed"):
            await waiting.answer
        with pytest.raises(GuardUnavailable, match="Closed"):
            turn.add(["y"])
