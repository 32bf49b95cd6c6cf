"""Appends that are repeated because nobody learnt that they had succeeded."""

from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.digests import new_id
from gateway.domain.runs import RunState
from gateway.stores.connecting import conflicts, parsed
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.packing import pack_id
from gateway.stores.repeats import Repeats
from gateway.stores.statements import Statements
from tests.stores.databases import alter, dumped, read_whole, restore, rows
from tests.stores.material import (
    activated,
    chunk,
    document,
    ended,
    entering,
    faults,
    ingested,
    outcome,
    run,
    started,
    told,
)


def other_end(start):
    return ended(start, outcome("Something else."), RunState.FAIL)


def logged(url):
    """The ids in the log, in order."""
    return [bytes(name) for (name,) in rows(url, "SELECT id FROM event ORDER BY idx")]


def happened():
    """What may be appended: of two runs whose intents come first, of one that has none, and of none at all."""
    (one, end), (two, other), (lost, stray) = run(), run(), run()
    first = [one, two]
    ends = [end, other_end(one), other, other_end(two), stray, other_end(lost)]
    others = [told(one, chunk("late.md")), activated(), ingested(entering(document()))]
    return first, [*first, *ends, *others, started(run=one.run), started(run=two.run)]


class Log:
    """What a store promises, in a list."""

    def __init__(self, ids):
        self.ids = ids
        self.intents = {}

    def append(self, events):
        ids, intents = [*self.ids], {**self.intents}
        for event in events:
            if pack_id(event.id) in ids:
                continue
            if event.type == "intent" and intents.setdefault(event.run, event.id) != event.id:
                raise ValueError("a second intent")
            ids.append(pack_id(event.id))
        self.ids, self.intents = ids, intents
        return [ids.index(pack_id(event.id)) for event in events]


def appended(log, events):
    try:
        return list(log.append(events))
    except ValueError:
        return None


@settings(max_examples=15)
@given(st.data())
def test_whatever_is_repeated_stands_once_where_it_stood(url, store, data):
    first, all_of_them = happened()
    batches = st.lists(st.lists(st.sampled_from(range(len(all_of_them))), min_size=1, max_size=5), max_size=6)
    model = Log(logged(url))
    assert appended(store, first) == appended(model, first)
    with closing(open_store(url)) as beside:
        for places in data.draw(batches):
            events = [all_of_them[place] for place in places]
            writer = beside if data.draw(st.booleans()) else store
            assert appended(writer, events) == appended(model, events)

    assert logged(url) == model.ids


def test_every_kind_is_known_again_alone_and_together_also_by_another_process(url, store):
    (one, end), lost = run(), ended(started())
    events = [one, end, lost, told(one, chunk("late.md")), activated(), ingested(entering(document()))]
    assert list(store.append(events)) == [0, 1, 2, 3, 4, 5]

    with closing(open_store(url)) as beside:
        for writer in (store, beside):
            assert [*writer.append(events), *writer.append(events[::-1])] == [0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0]
            assert [writer.append([event])[0] for event in events] == [0, 1, 2, 3, 4, 5]
            size = writer.head.size
            assert list(writer.append([activated(), *run(), one, end])) == [size, size + 1, size + 2, 0, 1]


def test_a_repeat_is_known_beside_what_is_new(url, store):
    """An intent that is there, its outcome twice, and another run, whose outcome comes twice."""
    one, end = run()
    two, other = run()
    store.append([one])

    assert list(store.append([one, end, end, two, other, other])) == [0, 1, 1, 2, 3, 3]
    assert list(store.append([other, end])) == [3, 1]
    with closing(open_ledger(url)) as ledger:
        assert faults(ledger) == []
        assert ledger.stats().events == 4


def test_a_second_intent_of_a_run_is_refused_and_a_second_outcome_recorded_once(url, store):
    one, end = run()
    second = other_end(one)
    store.append([one, end])
    with pytest.raises(ValueError, match="refuses the values"):
        store.append([replace(one, id=new_id())])

    assert [*store.append([second]), *store.append([second, end]), *store.append([end, one])] == [2, 2, 1, 1, 0]
    assert rows(url, "SELECT seq, event FROM outcome") == [(0, 1)]
    with closing(open_ledger(url)) as ledger:
        assert {fault.index for fault in faults(ledger)} == {2}


def test_two_outcomes_of_a_run_in_one_append_are_both_recorded(url, store):
    one, end = run()
    second = other_end(one)

    assert [*store.append([one, end, second]), *store.append([second, end, one])] == [0, 1, 2, 2, 1, 0]
    assert rows(url, "SELECT seq, event FROM outcome") == [(0, 1)]


def test_what_a_log_that_was_put_back_has_lost_is_recorded_again(url, store):
    one, end = run()
    store.append([one])
    yesterday = dumped(url)
    store.append([end, activated()])
    restore(url, yesterday)

    assert [*store.append([end]), *store.append([one, end])] == [1, 0, 1]
    with closing(open_ledger(url)) as ledger:
        assert faults(ledger) == []


def test_only_for_an_outcome_that_is_a_fault_the_log_is_read(url):
    repeats = Repeats(Statements(parsed(url)))
    asked = [repeats._intent, repeats._ending, repeats._other]

    assert [read_whole(url, statement) for statement in asked] == [set(), set(), set()]


def test_ids_of_intents_and_outcomes_take_no_index(url, store):
    """Only the third of these entries could not stand there twice."""
    store.append([*run(), activated()])
    refused = []
    for index in range(3):
        columns = f"{index + 7}, id, run, type, state, at, tenant, detail, catalogue"
        try:
            alter(url, f"INSERT INTO event SELECT {columns} FROM event WHERE idx = {index}")
        except Exception as exc:
            assert conflicts(exc)
            refused.append(index)

    assert refused == [2]
