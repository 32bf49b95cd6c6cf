import asyncio
import logging
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.decisions import Decision, Effect, Target
from gateway.domain.documents import ChunkState, How
from gateway.domain.errors import LineageUnavailable
from gateway.domain.facts import Facts
from gateway.domain.labels import ANOTHER_TENANT
from gateway.domain.principals import Principal
from gateway.domain.runs import Breached
from gateway.isolating import Isolation
from gateway.joining import SKEW, Joining
from gateway.recognition.recogniser import Recogniser
from gateway.tracing.recorded import Recorded, named
from gateway.tracing.spans import Heard
from tests.recognition.material import chunk, prose
from tests.recognition.shelf import Shelf
from tests.tracing.kept import spans_in

TRACE = "0af7651916cd43dd8448eb211c80319c"
AT = datetime(2026, 1, 2, tzinfo=UTC)
AGE = timedelta(minutes=1)
DEST = Facts(provider="openai")


class Log:
    """Takes each event once, as the log does."""

    def __init__(self):
        self.events = {}

    async def append(self, events):
        self.events |= {event.id: event for event in events}


class Responses:
    """Responses of the one trace."""

    def __init__(self, *responses):
        self.responses = responses

    def of_trace(self, tenant, trace_id):
        return self.responses if trace_id == TRACE else ()


class AsTold:
    """Knows no registered chunk."""

    def identified(self, chunk, tenant):
        yield chunk


class Policies:
    """Denies whatever is restricted."""

    digest = "sha256:p"

    @property
    def current(self):
        return self

    def decide(self, use):
        assert (use.target, use.user["application"], use.dest) == (Target.CHUNK, "bot", DEST)
        restricted = use.subject.get("classification") == "restricted"
        return Decision(use.target, Effect.DENY if restricted else Effect.ALLOW)


def response(run="r1", at=AT, known=()):
    names = {name for one in known for name in named(one)}
    return Recorded(run, at, Principal("bot", "acme"), (DEST,), frozenset(names))


def told(name, **more):
    return replace(chunk(f"text of {name}", name, **more), how=How.TRACED)


@pytest.fixture
def spans(tmp_path):
    with closing(spans_in(tmp_path)) as spans:
        yield spans


def joining(spans, *responses, log=None, **more):
    return Joining(spans, Responses(*responses), AsTold(), Policies(), log or Log(), **more)


async def test_what_a_span_tells_is_added_to_every_response_of_its_trace(spans):
    spans.keep("acme", TRACE, Heard([told("a"), told("b", labels=Facts(classification="restricted"))], AT), AGE)
    joins = joining(spans, response("r1"), response("r2"))

    assert await joins.told("acme", [TRACE, "1" * 32]) == 2
    first, second = joins.writer.events.values()
    assert (first.run, second.run, first.tenant, first.body.policy) == ("r1", "r2", "acme", "sha256:p")
    assert [(edge.chunk.document, edge.chunk.rank, edge.state) for edge in first.body.edges] == [
        ("a", 1, ChunkState.RETRIEVED), ("b", 2, ChunkState.RETRIEVED)
    ]  # fmt: skip
    assert [edge.decision.effect for edge in first.body.edges] == [Effect.ALLOW, Effect.DENY]


async def test_what_the_record_knows_is_not_told_again(spans):
    spans.keep("acme", TRACE, Heard([told("a"), replace(told("b"), document="another name")]), AGE)
    spans.keep("acme", TRACE, Heard([told("c"), told("d")]), AGE)
    spans.keep("acme", TRACE, Heard([told("d")]), AGE)
    joins = joining(spans, response(known=[told("a"), told("b"), told("c")]))
    await joins.told("acme", [TRACE])

    assert [[edge.chunk.document for edge in event.body.edges] for event in joins.writer.events.values()] == [["d"]]


async def test_a_retrieval_that_ended_later_did_not_feed_a_response(spans):
    spans.keep("acme", TRACE, Heard([told("a")], AT + timedelta(seconds=5)), AGE)
    joins = joining(spans, response("r1"), response("r2", AT + timedelta(seconds=5) - SKEW))
    await joins.told("acme", [TRACE])

    assert [event.run for event in joins.writer.events.values()] == ["r2"]


async def test_whoever_comes_second_finds_the_other_and_both_say_the_same(spans):
    """A process that answers, and one that is told of spans, add one entry between them."""
    log = Log()
    answering, hearing = joining(spans, response(), log=log), joining(spans, response(), log=log)
    answering.recorded("acme", TRACE.upper())
    await answering.aclose()
    nothing = dict(log.events)
    spans.keep("acme", TRACE, Heard([told("a")]), AGE)
    answering.recorded("acme", TRACE)
    await asyncio.gather(hearing.told("acme", [TRACE]), answering.aclose())

    assert (nothing, len(log.events)) == ({}, 1)


async def test_another_tenants_text_is_told_to_that_tenant_once_and_only_of_the_responses_it_fed(spans):
    recogniser = Recogniser(Shelf())
    theirs = chunk(prose(1), "theirs.md")
    recogniser.register([theirs], "globex")
    foreign = replace(chunk(f"He said: {prose(1)}", "mine.md", labels=Facts(tenant=ANOTHER_TENANT)), how=How.TRACED)
    spans.keep("acme", TRACE, Heard([foreign, told("a")], AT), AGE)
    log, late = Log(), response("r2", AT - timedelta(hours=1))
    joins = [joining(spans, response("r1"), late, log=log, isolation=Isolation(recogniser, log)) for _ in range(2)]
    for one in joins:
        await one.told("acme", [TRACE])

    breaches = [event for event in log.events.values() if isinstance(event.body, Breached)]
    assert [(one.tenant, one.body.response, one.body.late) for one in breaches] == [("globex", "r1", True)]
    assert [(one.document, one.chunk) for one in breaches[0].body.chunks] == [("theirs.md", theirs.digest)]
    assert len(log.events) == 2


async def test_an_answer_outside_of_any_trace_costs_nothing(spans):
    joins = joining(spans, response())
    joins.recorded("acme", "")

    assert not joins._running


async def test_what_cannot_be_joined_behind_an_answer_is_logged(spans, caplog):
    class Broken(Log):
        async def append(self, events):
            raise LineageUnavailable("the disk is gone")

    spans.keep("acme", TRACE, Heard([told("a")]), AGE)
    joins = joining(spans, response(), log=Broken())
    with caplog.at_level(logging.WARNING):
        joins.recorded("acme", TRACE)
        await joins.aclose()

    assert "the disk is gone" in caplog.text
    with pytest.raises(LineageUnavailable):
        await joins.told("acme", [TRACE])
