from dataclasses import replace

import pytest

from gateway.domain.documents import How
from gateway.domain.facts import Facts
from gateway.tracing.traces import CHUNKS, EACH, Traces
from tests.recognition.material import chunk

ONE, TWO, THREE = "1" * 32, "2" * 32, "3" * 32


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def traces(clock):
    return Traces(60, characters=3 * EACH + 300, clock=clock)


def named(name, text="x" * 100):
    return chunk(text, name, how=How.TRACED)


def test_chunks_are_known_by_tenant_and_trace_alone(traces):
    traces.keep("acme", ONE, [named("a"), named("b")])

    assert [one.document for one in traces.of("acme", ONE)] == ["a", "b"]
    assert [*traces.of("globex", ONE), *traces.of("acme", TWO), *traces.of("acme", "")] == []


def test_a_span_that_comes_twice_counts_once_but_other_labels_count(traces):
    traces.keep("acme", ONE, [named("a")])
    traces.keep("acme", ONE, [named("a"), replace(named("a"), labels=Facts(classification="restricted"))])

    assert [dict(one.labels) for one in traces.of("acme", ONE)] == [{}, {"classification": "restricted"}]


def test_a_trace_is_forgotten_some_time_after_its_last_span(traces, clock):
    traces.keep("acme", ONE, [named("a")])
    clock.now = 50
    traces.keep("acme", ONE, [named("b")])
    clock.now = 110
    kept = traces.of("acme", ONE)
    clock.now = 111

    assert len(kept) == 2
    assert traces.of("acme", ONE) == ()


def test_what_was_not_heard_of_longest_makes_room_and_other_tenants_are_left_alone(traces):
    traces.keep("globex", ONE, [named("theirs")])
    for trace in (ONE, TWO, THREE):
        traces.keep("acme", trace, [named("a")])
    traces.keep("acme", ONE, [])
    fits = traces.keep("acme", "4" * 32, [named("a")])

    assert fits
    assert [bool(traces.of("acme", trace)) for trace in (ONE, TWO, THREE, "4" * 32)] == [True, False, True, True]
    assert traces.of("globex", ONE)


def test_what_is_too_large_altogether_is_said_not_to_fit(traces):
    assert not traces.keep("acme", ONE, [named("a", "x" * 10_000)])
    assert traces.of("acme", ONE) == ()
    assert traces.keep("acme", ONE, [named("a")])


def test_a_trace_has_an_end():
    traces = Traces(60)
    fits = [traces.keep("acme", ONE, [named(str(number), "") for number in range(CHUNKS)])]
    fits.append(traces.keep("acme", ONE, [named("more")]))

    assert fits == [True, False]
    assert len(traces.of("acme", ONE)) == CHUNKS
