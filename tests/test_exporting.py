import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.errors import ExportFailed
from gateway.exporting import GRACE, Exporting
from gateway.stores.entries import SQLEntries
from gateway.stores.following import Cursors
from tests.stores.material import run
from tests.waiting import until

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


@dataclass
class Telling:
    """Remembers what it was handed, and fails when it is told to."""

    window: float | None = 0.0
    since: str = "beginning"
    name: str = "telling"
    told: list = field(default_factory=list)
    failing: bool = False
    closed: bool = False

    def export(self, events):
        batch = [event.run for event in events]
        if self.failing:
            raise ExportFailed("Nobody is there.")
        self.told.append(batch)

    def close(self):
        self.closed = True


class Clock:
    now = AT.timestamp()

    def __call__(self):
        return self.now


@pytest.fixture
def made(store, url):
    """Makes what exports as a process of that name would."""
    opened = []

    def make(exporter, owner="one", clock=time.time):
        log, cursors = SQLEntries(url), Cursors(url, owner)
        opened.extend([log, cursors])
        return Exporting(log, cursors, [exporter], clock=clock, patience=0.05)

    yield make
    for one in opened:
        one.close()


def at(seconds):
    start, _ = run()
    return replace(start, at=AT + timedelta(seconds=seconds))


def test_entries_are_handed_over_once_in_their_order(store, made):
    exporter = Telling()
    exporting = made(exporter)
    first, second = at(0), at(1)
    store.append([first])
    assert exporting.step(exporter)
    store.append([second])
    assert exporting.step(exporter)

    assert exporter.told == [[first.run], [second.run]]
    assert not exporting.step(exporter)


def test_what_could_not_be_sent_comes_again(store, made):
    exporter = Telling(failing=True)
    exporting = made(exporter)
    one = at(0)
    store.append([one])
    with pytest.raises(ExportFailed):
        exporting.step(exporter)
    exporter.failing = False
    exporting.step(exporter)

    assert exporter.told == [[one.run]]


def test_a_process_that_comes_after_a_crash_goes_on_where_the_last_one_was(store, made):
    exporter = Telling()
    first, second = at(0), at(1)
    store.append([first])
    made(exporter).step(exporter)
    store.append([second])
    made(exporter).step(exporter)

    assert exporter.told == [[first.run], [second.run]]


def test_of_two_processes_one_sends(store, made):
    exporter = Telling()
    leading, waiting = made(exporter), made(exporter, "two")
    store.append([at(0)])
    leading.step(exporter)
    store.append([at(1)])

    assert not waiting.step(exporter)
    assert len(exporter.told) == 1


def test_a_new_exporter_begins_with_what_comes_now(store, made):
    exporter = Telling(since="now")
    exporting = made(exporter)
    old, new = at(0), at(1)
    store.append([old])
    exporting.step(exporter)
    store.append([new])
    exporting.step(exporter)

    assert exporter.told == [[new.run]]


def test_a_window_is_handed_over_together_when_it_is_over(store, made):
    clock, exporter = Clock(), Telling(window=60.0)
    exporting = made(exporter, clock=clock)
    inside, outside = [at(second) for second in (1, 20, 59)], [at(60), at(61)]
    store.append([*inside, *outside])
    clock.now += 60 + GRACE - 0.1
    assert not exporting.step(exporter)
    clock.now += 0.2
    assert exporting.step(exporter)
    assert not exporting.step(exporter)
    clock.now += 60
    assert exporting.step(exporter)

    assert exporter.told == [[one.run for one in inside], [one.run for one in outside]]


def test_a_window_may_have_more_entries_than_are_read_at_a_time(store, made, monkeypatch):
    monkeypatch.setattr("gateway.exporting.TOGETHER", 4)
    clock, exporter = Clock(), Telling(window=60.0)
    exporting = made(exporter, clock=clock)
    many = [at(second) for second in range(11)]
    store.append([*many, at(70)])
    clock.now += 100
    exporting.step(exporter)

    assert exporter.told == [[one.run for one in many]]


def test_threads_send_and_say_why_they_do_not(store, made):
    exporter, by_hand = Telling(failing=True), Telling(window=None, name="by hand")
    exporting = made(exporter)
    exporting._exporters = [exporter, by_hand]
    store.append([at(0)])
    exporting.start()
    until(lambda: any(exporting.told.values()))
    told = exporting.told
    exporter.failing = False
    until(lambda: exporter.told)
    exporting.close()

    assert told == {"telling": "Nobody is there.", "by hand": ""}
    assert len(exporter.told) == 1
    assert (exporter.closed, by_hand.told, any(exporting.told.values())) == (True, [], False)
