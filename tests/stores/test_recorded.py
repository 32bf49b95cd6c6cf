from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.errors import LineageUnavailable
from gateway.domain.facts import Facts
from gateway.domain.records import Span
from gateway.domain.runs import RunEvent, RunState
from gateway.stores import recorded
from gateway.stores.compression import compressor
from gateway.stores.connecting import parsed, writing
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from gateway.stores.recorded import SQLRecorded
from tests.stores.material import LABELS, chunk, edges, intent, outcome

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
RESTRICTED = Facts(classification="restricted")
NUMBER = recorded.PAGE + 20
"""Responses, one an hour; more than a page."""


def responses():
    for number in range(NUMBER):
        at = BEGIN + timedelta(hours=number)
        tenant = "rival" if number % 10 == 9 else "acme"
        one = chunk(labels=RESTRICTED) if number % 2 else chunk()
        asked = intent(*edges(one), tenant=tenant, application=f"bot-{number % 2}")
        start = RunEvent(f"00000000-0000-7000-8000-{number:012}", RunState.START, asked, tenant, at=at)
        yield start
        if number != 3:
            yield RunEvent(start.run, RunState.COMPLETE, outcome(tool_calls=("look_up",)), tenant, at=at)


@pytest.fixture(scope="module")
def url(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append([*responses()])
    return url


@pytest.fixture
def record(url):
    with closing(Questions(url)) as questions:
        yield SQLRecorded(questions)


def read(record, **span):
    return [one for page in record.pages(Span(**span)) for one in page]


def test_every_response_comes_once_the_newest_first_and_some_at_a_time(record):
    pages = [*record.pages(Span())]

    assert [len(page) for page in pages] == [recorded.PAGE, 20]
    assert [one.at for page in pages for one in page] == [BEGIN + timedelta(hours=n) for n in reversed(range(NUMBER))]
    assert record.count(Span()) == NUMBER


def test_it_has_all_that_was_decided_by_and_the_labels_of_then(record):
    newest, before = read(record)[:2]

    assert newest.intent.edges[0].chunk.labels == RESTRICTED
    assert newest.intent.manifest == ()
    assert before.intent.edges[0].chunk.labels == LABELS
    assert [facts["provider"] for facts in newest.intent.destinations] == ["openai", "azure"]
    assert newest.outcome.tool_calls == ("look_up",)
    assert newest.intent.findings[0].carrier == "user"


@pytest.mark.parametrize(
    ("span", "number"),
    [
        ({"since": BEGIN + timedelta(hours=NUMBER - 5)}, 5),
        ({"until": BEGIN + timedelta(hours=5)}, 5),
        ({"since": BEGIN + timedelta(hours=2), "until": BEGIN + timedelta(hours=4)}, 2),
        ({"tenant": "rival"}, NUMBER // 10),
        ({"application": "bot-1"}, NUMBER // 2),
        ({"tenant": "acme", "application": "bot-0", "until": BEGIN + timedelta(hours=10)}, 5),
        ({"tenant": "nobody"}, 0),
    ],
)
def test_a_span_means_a_time_a_tenant_an_application(record, span, number):
    found = read(record, **span)

    assert (len(found), record.count(Span(**span))) == (number, number)
    assert all(one.tenant == span.get("tenant", one.tenant) for one in found)
    assert all(one.intent.edges[0].chunk.labels for one in found)


def test_a_response_that_never_ended_has_no_outcome(record):
    found = {one.id: one.outcome for one in read(record, until=BEGIN + timedelta(hours=5))}

    assert [name[-1] for name, outcome in found.items() if outcome is None] == ["3"]


def test_a_damaged_entry_is_told_and_not_passed_over(tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    with closing(open_store(url)) as store:
        store.append([replace(next(responses()))])
    with closing(writing(parsed(url))) as connection:
        connection.cursor().execute("UPDATE event SET detail = ?", (compressor().pack_record(b'{"model": 1}'),))
    with closing(Questions(url)) as questions, pytest.raises(LineageUnavailable, match="entry 0"):
        read(SQLRecorded(questions))
