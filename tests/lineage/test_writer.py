import asyncio
import threading
import time

import pytest

from gateway.domain.errors import LineageUnavailable
from gateway.domain.records import TreeHead
from gateway.lineage.receipts import Receipt
from gateway.lineage.writer import BATCH_MAX, Writer
from tests.stores.material import activated, ended, started
from tests.waiting import eventually

PATIENCE = 5.0


class MemoryStore:
    """A store that keeps events in a list, and can be stopped, broken or given poison."""

    head = TreeHead(1, bytes(32))

    def __init__(self):
        self.batches = []
        self.open = True
        self.broken = False
        self.poison = None
        self.attempts = 0
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    @property
    def events(self):
        return [event for batch in self.batches for event in batch]

    def append(self, events):
        self.attempts += 1
        self.entered.set()
        assert self.gate.wait(PATIENCE)
        if self.broken:
            raise LineageUnavailable("the disk is full")
        if self.poison in events:
            raise ValueError("a number beyond 64 bits")
        if events:
            self.batches.append(list(events))
        return range(len(self.events) - len(events), len(self.events))

    def close(self):
        self.open = False


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def writer(store):
    writer = Writer(store, capacity=10)
    writer.start()
    yield writer
    store.gate.set()
    store.broken = False
    writer.close()


async def busy(store, writer):
    """Hand over one event and wait until the store is at work on it, and stays so."""
    store.gate.clear()
    store.entered.clear()
    first = writer.append([activated()])
    await eventually(store.entered.is_set)
    return first


async def test_the_future_is_done_when_the_store_has_the_events(store, writer):
    start = started()
    future = writer.append([start, ended(start)])
    before = list(store.events), future.done()
    await future

    assert before[1] is False
    assert [event.type for event in store.events] == ["intent", "outcome"]
    assert (writer.healthy, writer.depth, writer.last_error) == (True, 0, None)


async def test_what_gathers_while_the_store_works_is_written_at_once(store, writer):
    await busy(store, writer)
    rest = [writer.append([activated()]) for _ in range(5)]
    depth = writer.depth
    store.gate.set()
    await asyncio.gather(*rest)

    assert depth == 6
    assert [len(batch) for batch in store.batches] == [1, 5]


async def test_what_one_turn_of_the_loop_brings_is_written_together_when_it_ends(store, writer):
    futures = [writer.append([activated()]) for _ in range(5)]
    early = store.entered.wait(0.02)
    await asyncio.gather(*futures)

    assert early is False
    assert [len(batch) for batch in store.batches] == [5]


async def test_a_batch_is_bounded(store):
    writer = Writer(store)
    futures = [writer.append([activated()]) for _ in range(BATCH_MAX + 44)]
    writer.start()
    await asyncio.gather(*futures)
    writer.close()

    assert [len(batch) for batch in store.batches] == [BATCH_MAX, 44]


async def test_one_event_is_not_kept_waiting_for_others(writer):
    await writer.append([activated()])
    waited = []
    for _ in range(20):
        since = time.perf_counter()
        await writer.append([activated()])
        waited.append(time.perf_counter() - since)

    assert sorted(waited)[10] < 0.005


async def test_events_keep_their_order(store, writer):
    events = [activated() for _ in range(10)]
    await asyncio.gather(*(writer.append([event]) for event in events))

    assert store.events == events


async def test_a_full_queue_turns_new_runs_away_but_no_terminal_event(store, writer):
    await busy(store, writer)
    accepted = [writer.append([activated()]) for _ in range(9)]
    with pytest.raises(LineageUnavailable, match="10 events wait"):
        writer.append([activated()])
    last = writer.append([ended(started())], terminal=True)
    store.gate.set()
    await asyncio.gather(*accepted, last)

    assert len(store.events) == 11


async def test_more_at_once_than_the_queue_holds_gets_in_when_it_is_empty(store, writer):
    await writer.append([activated() for _ in range(50)])

    assert len(store.events) == 50


async def test_a_store_that_fails_fails_the_run_at_once(store, writer):
    store.broken = True
    with pytest.raises(LineageUnavailable, match="the disk is full"):
        await writer.append([started()])

    assert writer.healthy is False
    assert writer.last_error.message == "the disk is full"
    assert writer.depth == 0


async def test_a_terminal_event_is_kept_until_the_store_takes_it(store, writer):
    start = started()
    await writer.append([start])
    store.broken = True
    last = writer.append([ended(start)], terminal=True)
    with pytest.raises(LineageUnavailable):
        await writer.append([started()])
    kept = writer.depth
    store.broken = False
    await asyncio.wait_for(last, PATIENCE)

    assert kept == 1
    assert [event.type for event in store.events] == ["intent", "outcome"]
    assert (writer.healthy, writer.depth) == (True, 0)


async def test_while_the_store_is_down_it_is_asked_seldom(store, writer):
    store.broken = True
    last = writer.append([ended(started())], terminal=True)
    await asyncio.sleep(0.4)
    attempts = store.attempts
    store.broken = False
    await last

    assert 2 <= attempts <= 6


async def test_a_store_that_recovers_makes_the_writer_healthy_without_a_new_run(store, writer):
    """The recorder turns runs away as long as the writer is not healthy: nobody would ever ask again."""
    store.broken = True
    with pytest.raises(LineageUnavailable):
        await writer.append([started()])
    store.broken = False
    await eventually(lambda: writer.healthy)

    assert writer.last_error is None


async def test_an_event_that_can_never_be_written_does_not_harm_its_neighbours(store, writer):
    await busy(store, writer)
    good, bad, better = activated(), ended(started()), activated()
    store.poison = bad
    futures = [writer.append([good]), writer.append([bad], terminal=True), writer.append([better])]
    store.gate.set()
    results = await asyncio.gather(*futures, return_exceptions=True)

    assert [type(result) for result in results] == [Receipt, LineageUnavailable, Receipt]
    assert store.events[1:] == [good, better]
    assert writer.healthy


async def test_what_went_wrong_is_said_without_values(store, writer, caplog):
    store.poison = event = ended(started())
    with pytest.raises(LineageUnavailable) as caught:
        await writer.append([event], terminal=True)

    assert caught.value.message == "the lineage record does not take these events (ValueError)"
    assert event.id in caplog.text
    assert "64 bits" not in caplog.text


async def test_a_cancelled_wait_harms_nobody(store, writer):
    await busy(store, writer)
    given_up, other = writer.append([activated()]), writer.append([activated()])
    given_up.cancel()
    store.gate.set()
    await other

    assert len(store.events) == 3


def test_a_loop_that_was_closed_does_not_stop_the_writer(store, writer):
    async def hand_over():
        return await busy(store, writer)

    asyncio.run(hand_over())
    store.gate.set()
    writer.append_blocking([activated()])

    assert len(store.events) == 2
    assert writer.healthy


def test_loops_in_several_threads_share_a_writer(store, writer):
    async def work():
        for _ in range(20):
            await writer.append([activated()])

    threads = [threading.Thread(target=asyncio.run, args=(work(),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(store.events) == 60


def test_without_a_loop_one_can_wait(store, writer):
    writer.append_blocking([activated(), activated()])

    assert len(store.events) == 2


def test_waiting_tells_what_went_wrong(store, writer):
    store.broken = True
    with pytest.raises(LineageUnavailable, match="the disk is full"):
        writer.append_blocking([activated()])


def test_one_cannot_wait_for_a_writer_that_does_not_run(store):
    with pytest.raises(LineageUnavailable, match="not running"):
        Writer(store).append_blocking([activated()])


async def test_closing_writes_what_is_there_and_closes_the_store(store, writer):
    await busy(store, writer)
    futures = [writer.append([activated()]) for _ in range(5)]
    closing = asyncio.create_task(asyncio.to_thread(writer.close))
    await asyncio.sleep(0.02)
    with pytest.raises(LineageUnavailable, match="closed"):
        writer.append([ended(started())], terminal=True)
    store.gate.set()
    await asyncio.gather(closing, *futures)
    writer.close()

    assert len(store.events) == 6
    assert store.open is False
    assert writer.healthy is False


async def test_closing_in_the_turn_that_brought_something_writes_it(store, writer):
    future = writer.append([activated()])
    writer.close()
    await future

    assert len(store.events) == 1


async def test_closing_gives_up_in_time_what_the_store_never_takes(store, writer):
    store.broken = True
    last = writer.append([ended(started())], terminal=True)
    since = time.monotonic()
    await asyncio.to_thread(writer.close, 0.2)
    with pytest.raises(LineageUnavailable, match="before the gateway ended"):
        await last

    assert time.monotonic() - since < 2
    assert writer.depth == 0


async def test_a_writer_that_never_started_says_that_nothing_was_written(store):
    writer = Writer(store)
    future = writer.append([activated()])
    writer.close()
    with pytest.raises(LineageUnavailable):
        await future

    assert (store.events, store.open) == ([], False)


def test_a_writer_starts_once(writer):
    with pytest.raises(RuntimeError):
        writer.start()


async def test_many_runs_wake_their_loop_once_a_batch(store, writer):
    """A wake-up is a system call: one for each event would cost more than writing it."""
    loop = asyncio.get_running_loop()
    calls = []
    wake = loop.call_soon_threadsafe
    await busy(store, writer)
    futures = [writer.append([activated()]) for _ in range(9)]
    loop.call_soon_threadsafe = lambda *arguments: (calls.append(arguments), wake(*arguments))[1]
    store.gate.set()
    await asyncio.gather(*futures)
    del loop.call_soon_threadsafe

    assert len(calls) <= 2


async def test_every_caller_learns_where_its_first_event_stands(store, writer):
    first = await busy(store, writer)
    start = started()
    more = [writer.append([activated()]), writer.append([start, ended(start)]), writer.append([activated()])]
    store.gate.set()
    receipts = await asyncio.gather(first, *more)

    assert [receipt.index for receipt in receipts] == [0, 1, 2, 4]
    assert {receipt.head for receipt in receipts} == {store.head}


def test_who_has_no_loop_gets_the_receipt_back(store, writer):
    assert writer.append_blocking([activated()]) == Receipt(0, store.head)
