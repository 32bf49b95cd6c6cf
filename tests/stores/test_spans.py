import random
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents import How
from gateway.domain.facts import Facts
from gateway.stores.asides import Aside
from gateway.stores.spans import SHARE, SQLSpans, _read, _written
from gateway.tracing.spans import Heard
from tests.recognition.material import chunk
from tests.stores.bodies import chunks

ONE, TWO, THREE = "1" * 32, "2" * 32, "3" * 32
AGE = timedelta(seconds=60)
ENDED = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)


class Clock:
    now = 1_000.0

    def __call__(self):
        return self.now


def heard(*names, text="x" * 100):
    return Heard([chunk(f"{name} {text}", name, how=How.TRACED) for name in names], ENDED)


def documents(spans, tenant="acme", trace=ONE):
    return [one.document for told in spans.of(tenant, trace) for one in told.chunks]


def test_what_one_process_is_told_another_knows_by_tenant_and_trace_alone(url):
    labelled = replace(chunk("text", labels=Facts(classification="internal", at=ENDED)), how=How.TRACED, score=0.5)
    with closing(SQLSpans(url)) as told, closing(SQLSpans(url)) as asked:
        assert told.keep("acme", ONE, Heard([labelled], ENDED), AGE)
        assert told.keep("acme", ONE, Heard([labelled], ENDED), AGE)
        assert told.keep("acme", ONE, Heard([labelled]), AGE)

        assert [*asked.of("acme", ONE)] == [Heard([labelled], ENDED), Heard([labelled])]
        assert [*asked.of("globex", ONE), *asked.of("acme", TWO), *asked.of("acme", ""), *asked.of("acme", "x")] == []
        assert not told.keep("acme", "0" * 32, heard("a"), AGE)


@given(st.lists(chunks, max_size=3), st.none() | st.datetimes(timezones=st.just(UTC)))
def test_everything_that_a_span_tells_of_a_chunk_comes_back(some, ended):
    some = [replace(one, how=How.TRACED, rank=0, path=(), masked=False) for one in some]

    assert _read(_written(Heard(some, ended))) == Heard(some, ended)


def test_a_trace_lives_from_its_last_span_on_and_no_longer(url):
    clock = Clock()
    with closing(SQLSpans(url, clock=clock)) as spans:
        spans.keep("acme", ONE, heard("a"), AGE)
        spans.keep("acme", TWO, heard("b"), AGE)
        clock.now += 50
        spans.keep("acme", ONE, heard("c"), AGE)
        clock.now += 50
        first = sorted(documents(spans)), documents(spans, trace=TWO)
        clock.now += 50
        spans.keep("acme", THREE, heard("d"), AGE)

        assert first == (["a", "c"], [])
        assert documents(spans) == []
    assert rows(url) == 1


def test_who_sends_too_much_pushes_out_his_own_oldest_traces_alone(url):
    clock = Clock()
    with closing(SQLSpans(url, room=4_000, clock=clock)) as spans:
        spans.keep("globex", ONE, heard("theirs"), AGE)
        for number in range(40):
            clock.now += 1
            assert spans.keep("acme", f"{number + 1:032x}", heard("a", text=noise(number)), AGE)

        assert documents(spans, "globex") == ["theirs"]
        assert documents(spans, trace=f"{1:032x}") == []
        assert documents(spans, trace=f"{40:032x}") == ["a"]


def test_a_trace_has_its_share_of_the_room(url):
    with closing(SQLSpans(url, room=SHARE * 3_000)) as spans:
        kept = [spans.keep("acme", ONE, heard("a", text=noise(number)), AGE) for number in range(12)]

        assert (kept[0], kept[-1]) == (True, False)
        assert spans.keep("acme", TWO, heard("b"), AGE)


def test_nobody_reads_a_span_whose_trace_he_does_not_know(url):
    with closing(SQLSpans(url)) as spans:
        spans.keep("acme", ONE, heard("a", text="Plums are blue."), AGE)
    held = contents(url)

    assert b"Plums" not in held
    assert bytes.fromhex(ONE) not in held


def test_an_altered_span_tells_nothing(url):
    with closing(SQLSpans(url)) as spans:
        spans.keep("acme", ONE, heard("a"), AGE)
        with closing(Aside(url, "x")) as aside, aside.transaction() as ask:
            ((sealed,),) = ask.rows("SELECT sealed FROM span")
            ask.run("UPDATE span SET sealed = ?", (bytes(sealed)[:-1] + bytes([bytes(sealed)[-1] ^ 1]),))

        assert spans.of("acme", ONE) == []


def rows(url):
    with closing(Aside(url, "x")) as aside, aside.transaction() as ask:
        return ask.rows("SELECT COUNT(*) FROM span")[0][0]


def contents(url):
    with closing(Aside(url, "x")) as aside, aside.transaction() as ask:
        return b"".join(bytes(part) for row in ask.rows("SELECT trace, name, sealed FROM span") for part in row)


def noise(number):
    """Text that does not get shorter by compression."""
    return random.Random(number).randbytes(500).hex()
