from contextlib import closing

import pytest

from gateway.domain.digests import new_id
from gateway.domain.facts import Facts
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from gateway.stores.tracedresponses import SQLTracedResponses
from gateway.tracing.recorded import named
from tests.stores.material import chunk, edges, run, told

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(scope="module")
def url(database):
    return database.prepared()


def test_the_responses_of_a_trace_are_found_with_what_is_known_of_their_context(url):
    dest = Facts(provider="openai")
    first, _ = run(*edges(chunk("a.md")), trace_id=TRACE, destinations=(dest,))
    second, _ = run(*edges(chunk("b.md")), trace_id=TRACE.upper())
    theirs, _ = run(trace_id=TRACE, tenant="globex")
    other, _ = run(trace_id=new_id().replace("-", ""))
    with closing(open_store(url)) as store:
        store.append([first, second, theirs, other, told(first, chunk("late.md"))])
    with closing(Questions(url)) as questions:
        responses = SQLTracedResponses(questions)
        newest, oldest = responses.of_trace("acme", TRACE)

        assert [responses.of_trace("acme", wrong) for wrong in ("", "x", "1" * 32)] == [(), (), []]
    assert (newest.run, oldest.run, oldest.at) == (second.run, first.run, first.at)
    assert oldest.principal == first.body.principal
    assert [*oldest.destinations] == [dest]
    assert oldest.known == {*named(chunk("a.md")), *named(chunk("late.md"))}
