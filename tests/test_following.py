import threading
from contextlib import ExitStack, closing

import pytest

from gateway import following
from gateway.domain.errors import LineageUnavailable
from gateway.following import Followed, Following
from gateway.stores import segments
from gateway.stores.entries import SQLEntries
from gateway.stores.following import Cursors
from gateway.stores.opening import open_store
from tests.stores.databases import dumped, restore, rows
from tests.stores.material import run
from tests.waiting import until


class Counting:
    """Writes the indexes of the entries that it was given into a table."""

    name = "counting"

    def __init__(self):
        self.fails: list[Exception] = []
        self.groups: list[int] = []
        self.threads: set[str] = set()

    def derive(self, entries):
        if self.fails:
            raise self.fails.pop()
        self.groups.append(len(entries))
        self.threads.add(threading.current_thread().name)
        rows = [("t", entry.index, b"r") for entry in entries]
        return lambda ask: ask.run("INSERT INTO answer_print (tenant, hash, run) VALUES (?, ?, ?)", *rows)


def cleared(ask, size):
    ask.run("DELETE FROM answer_print", ())


@pytest.fixture
def log(url, store):
    with closing(SQLEntries(url)) as entries:
        yield entries


@pytest.fixture
def cursors(url, store):
    with closing(Cursors(url, "one")) as opened:
        yield opened


def derived(url):
    return [row[0] for row in rows(url, "SELECT hash FROM answer_print ORDER BY hash")]


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(following, "PAUSE", 0.01)
    monkeypatch.setattr(following, "TROUBLE", 0.05)


def test_the_thread_follows_what_is_appended(url, store, log, cursors, quick):
    follower = Counting()
    work = Following(log, [Followed(follower, cursors, cleared)])
    store.append([event for _ in range(100) for event in run()])
    work.start()
    until(lambda: len(derived(url)) == 200)
    store.append(run())
    until(lambda: len(derived(url)) == 202)
    until(lambda: work.known["counting"].entries == 0)
    work.close()

    assert derived(url) == [*range(202)]
    assert max(follower.groups) <= following.TOGETHER
    assert follower.threads == {"following"}


def test_what_a_crash_interrupts_is_derived_once(url, store, log, cursors):
    """The work was done, and the process died before cursor and rows were written."""
    store.append([event for _ in range(3) for event in run()])
    before = Counting()
    before.derive(log.after(0, 6))
    done = Following(log, [Followed(Counting(), cursors, cleared)]).catch_up("counting")

    assert (done, derived(url)) == (6, [*range(6)])
    assert Following(log, [Followed(Counting(), cursors, cleared)]).catch_up("counting") == 0


def test_trouble_is_told_and_tried_again(url, store, log, cursors, quick, caplog):
    follower = Counting()
    follower.fails = [ZeroDivisionError(), LineageUnavailable("no disk")]
    store.append(run())
    work = Following(log, [Followed(follower, cursors, cleared)])
    work.start()
    until(lambda: "counting" in work.known and work.known["counting"].problem == "no disk")
    until(lambda: derived(url) == [0, 1])
    until(lambda: work.known["counting"].problem == "")
    work.close()

    assert caplog.text.count("counting does not follow") == 1


def test_a_follower_in_trouble_hinders_no_other(url, store, log, cursors, quick):
    class Broken(Counting):
        name = "broken"

        def derive(self, entries):
            raise ZeroDivisionError

    store.append(run())
    work = Following(log, [Followed(Broken(), cursors, cleared), Followed(Counting(), cursors, cleared)])
    work.start()
    until(lambda: derived(url) == [0, 1])
    until(lambda: work.known["broken"].problem == "ZeroDivisionError")
    work.close()

    assert work.lags()["broken"].entries == 2
    assert work.lags()["counting"].entries == 0


def test_those_who_stand_at_the_same_place_share_what_is_read(url, store, log, cursors, quick):
    class Reading:
        """The log, and the places from which it was read."""

        def __init__(self):
            self.size, self.at, self.after, self.epoch, self.leaf = log.size, log.at, log.after, log.epoch, log.leaf
            self.places = []

        def said(self, first, limit):
            self.places.append(first)
            return log.said(first, limit)

    class Other(Counting):
        name = "other"
        given: list[object] = []  # noqa: RUF012

        def derive(self, entries):
            self.given += entries

    class Late(Other):
        name = "late"

    store.append([event for _ in range(300) for event in run()])
    cursors.lead("late")
    cursors.move("late", 0, 100, None)
    reading, other, late = Reading(), Other(), Late()
    late.given = []
    work = Following(reading, [Followed(one, cursors, cleared) for one in (Counting(), other, late)])
    work.start()
    until(lambda: derived(url) == [*range(600)])
    until(lambda: all(lag.entries == 0 for lag in work.known.values()) and len(work.known) == 3)
    work.close()

    assert [one.index for one in other.given] == [*range(600)]
    assert [one.index for one in late.given] == [*range(100, 600)]
    assert sorted(reading.places) == [0, 100, 256, 356, 512]


def test_of_several_processes_one_works_and_all_know_how_far_it_is(url, store, log, cursors, quick):
    with closing(Cursors(url, "two")) as others:
        one, two = Counting(), Counting()
        leading = Following(log, [Followed(one, cursors, cleared)])
        waiting = Following(log, [Followed(two, others, cleared)])
        cursors.lead("counting")
        store.append([event for _ in range(100) for event in run()])
        waiting.start()
        leading.start()
        until(lambda: len(derived(url)) == 200)
        until(lambda: waiting.known["counting"].entries == 0)
        leading.close()
        waiting.close()

    assert (sum(one.groups), two.groups) == (200, [])


class Passing:
    """Writes the ends of the stretches that it was told of."""

    name = "passing"

    def passed(self, first, end):
        return lambda ask: ask.run("INSERT INTO answer_print (tenant, hash, run) VALUES ('t', ?, ?)", (end, b"r"))


@pytest.mark.parametrize("foreground", [True, False])
def test_who_reads_for_itself_is_told_how_far_the_log_has_come(url, store, log, cursors, quick, foreground):
    store.append([event for _ in range(6) for event in run()])
    work = Following(log, [Followed(Passing(), cursors, cleared, together=5)])
    if foreground:
        work.catch_up("passing")
    else:
        work.start()
        until(lambda: len(derived(url)) == 3)
        work.close()

    assert derived(url) == [5, 10, 12]


def test_catching_up_tells_how_far_it_is(store, log, cursors, monkeypatch):
    monkeypatch.setattr(following, "FOREGROUND", 4)
    store.append([event for _ in range(5) for event in run()])
    told = []
    work = Following(log, [Followed(Counting(), cursors, cleared)])
    before, seconds = work.lags()["counting"].entries, work.lags()["counting"].seconds
    work.catch_up("counting", lambda done, of: told.append((done, of)))

    assert told == [(0, 10), (4, 10), (8, 10), (10, 10)]
    assert (before, work.lags()["counting"].entries) == (10, 0)
    assert 0 <= seconds < 60


def test_a_log_that_is_older_than_what_was_derived_is_followed_anew(tmp_path, quick, caplog):
    """Yesterday's file was put back; what follows it writes into a file of its own."""
    log_file, beside = tmp_path / "log.db", tmp_path / "beside.db"
    urls = [f"sqlite:///{log_file}", f"sqlite:///{beside}"]
    with closing(open_store(urls[1])), closing(open_store(urls[0])) as store:
        store.append(run())
    kept = log_file.read_bytes()
    for restored in (False, True):
        if restored:
            log_file.write_bytes(kept)
        with ExitStack() as stack:
            store, log, cursors = open_store(urls[0]), SQLEntries(urls[0]), Cursors(urls[1], "one")
            for one in (store, log, cursors):
                stack.callback(one.close)
            work = Following(log, [Followed(Counting(), cursors, cleared)])
            if not restored:
                store.append(run())
            work.start()
            until(lambda: derived(urls[1]) == ([0, 1] if restored else [0, 1, 2, 3]))  # noqa: B023
            work.close()

    assert caplog.text.count("is older than what counting derived") == 1


@pytest.fixture
def beside(database):
    """A database that is not put back together with the log."""
    url = database.prepared()
    segments.prepare_index(url)
    return url


@pytest.mark.parametrize("grown", [1, 2, 5])
@pytest.mark.parametrize("background", [False, True])
def test_a_log_that_was_put_back_and_has_grown_again_is_followed_anew(
    url, beside, store, log, quick, caplog, background, grown
):
    """It ends where it had ended, or after that: only what it says there tells that it is another."""
    common = []

    def clear(ask, size):
        common.append(size)
        cleared(ask, size)

    def follow():
        with closing(Cursors(beside, "one", apart=True)) as cursors:
            work = Following(log, [Followed(Labelling(), cursors, clear)])
            if background:
                work.start()
                until(lambda: labels(beside) == labels_of(log))
                work.close()
            else:
                work.catch_up("labelling")
            return labels(beside)

    store.append([*run(), *run()])
    follow()
    kept = dumped(url)
    store.append(run())
    before = follow()
    store.close()
    restore(url, kept)
    for _ in range(grown):
        store.append(run())
    after = follow()

    assert len(before) == 6 and before[:4] == after[:4]
    assert after == labels_of(log) and len(after) == 4 + 2 * grown
    assert common == [4]
    assert caplog.text.count("is not the one that labelling followed to entry 6") == 1


class Labelling(Counting):
    """Writes whose entries they are."""

    name = "labelling"

    def derive(self, entries):
        rows = [("t", entry.index, entry.run.encode()) for entry in entries]
        return lambda ask: ask.run("INSERT INTO answer_print (tenant, hash, run) VALUES (?, ?, ?)", *rows)


def labels(url):
    return [bytes(row[0]).decode() for row in rows(url, "SELECT run FROM answer_print ORDER BY hash")]


def labels_of(log):
    return [entry.event.run for entry in log.after(0, 99)]


def test_another_log_of_the_same_size_is_noticed_while_nobody_appends(url, beside, store, log, quick, caplog):
    store.append(run())
    kept = dumped(url)
    store.append(run())
    before = dumped(url)
    restore(url, kept)
    store.append(run())
    with closing(Cursors(beside, "one", apart=True)) as cursors:
        work = Following(log, [Followed(Labelling(), cursors, cleared)])
        work.start()
        until(lambda: labels(beside) == labels_of(log) and work.known["labelling"].entries == 0)
        first = labels(beside)
        store.close()
        restore(url, before)
        until(lambda: labels(beside) == labels_of(log))
        work.close()

    assert labels(beside) != first and len(first) == 4
    assert "is not the one that labelling followed to entry 4" in caplog.text


def test_what_stands_in_the_logs_own_database_is_put_back_with_it(url, store, log, cursors):
    """Rows and cursor are of one moment: what came later goes with its entries, and is derived again from others."""
    work = Following(log, [Followed(Labelling(), cursors, cleared)])
    store.append([*run(), *run()])
    work.catch_up("labelling")
    store.append(run())
    kept = dumped(url)
    store.append(run())
    work.catch_up("labelling")
    store.close()
    restore(url, kept)
    between = labels(url)
    for _ in range(3):
        store.append(run())
    taken = work.catch_up("labelling")

    assert (len(between), taken) == (4, 8)
    assert labels(url) == labels_of(log) and labels(url)[:4] == between


def test_entries_that_were_in_hand_when_the_log_was_put_back_leave_nothing(url, store, log, cursors):
    """The cursor that was put back stands where theirs began: it alone would let them in."""
    kept = []

    class Restoring(Labelling):
        def derive(self, entries):
            if kept:
                store.close()
                restore(url, kept.pop())
                store.append(run())
            return super().derive(entries)

    store.append(run())
    work = Following(log, [Followed(Labelling(), cursors, cleared)])
    work.catch_up("labelling")
    kept.append(dumped(url))
    store.append(run())
    Following(log, [Followed(Restoring(), cursors, cleared)]).catch_up("labelling")

    assert labels(url) == labels_of(log)


def test_catching_up_notices_that_the_log_is_older(url, store, log, cursors, caplog):
    store.append(run())
    work = Following(log, [Followed(Counting(), cursors, cleared)])
    work.catch_up("counting")
    cursors.move("counting", 2, 7, None)

    assert (work.catch_up("counting"), derived(url)) == (2, [0, 1])
    assert "has 2 entries and is older" in caplog.text


def test_what_was_erased_while_it_was_in_hand_is_read_again(url, store, log, cursors):
    class Erasing(Counting):
        def derive(self, entries):
            if not self.groups:
                store.amend(lambda ask: run()[0])
            return super().derive(entries)

    store.append(run())
    follower = Erasing()
    taken = Following(log, [Followed(follower, cursors, cleared)]).catch_up("counting")

    assert (taken, follower.groups, derived(url)) == (2, [2, 3], [0, 1, 2])
