import json

import pytest

from gateway.domain.principals import Principal, Role
from gateway.receiving import Receiver
from tests.domain.reported import KB, TABLE, run_event

ETL = Principal("etl", "acme", frozenset({Role.APP}), lineage_namespaces=("airflow-*", "snowflake://*", "chroma://*"))


class Log:
    """Remembers what was appended."""

    def __init__(self):
        self.events = []

    async def append(self, events):
        self.events += events


@pytest.fixture
def log():
    return Log()


async def received(log, *events, principal=ETL, heard=lambda: None):
    return await Receiver(log, heard).receive(events, principal)


async def test_an_event_is_recorded_with_everything_in_it(log):
    event = run_event([TABLE], [KB], facets={"x": 1.5}) | {"unheardOf": {"ü": [None, 2**60]}}
    [one] = await received(log, event)
    [recorded] = log.events

    assert (one.error, one.id) == (None, recorded.id)
    assert (recorded.type, recorded.tenant, recorded.body.application) == ("lineage", "acme", "etl")
    assert json.loads(recorded.body.event) == event


async def test_the_same_event_has_the_same_id_however_its_keys_are_ordered(log):
    event = run_event([TABLE], [KB])
    first, second = await received(log, event, dict(reversed(event.items())))
    [other] = await received(log, event, principal=Principal("etl", "rival", frozenset({Role.ADMIN})))

    assert first.id == second.id != other.id
    assert len(log.events) == 2


@pytest.mark.parametrize("place", ["job", "inputs", "outputs"])
async def test_a_key_reports_only_about_namespaces_that_it_is_authorised_for(log, place):
    event = run_event([TABLE], [KB])
    one = event[place] if place == "job" else event[place][0]
    one["namespace"] = "postgres://payroll:5432"
    [refused] = await received(log, event)

    assert (refused.error.status, refused.error.code) == (403, "namespace_not_allowed")
    assert refused.error.param.startswith(place)
    assert log.events == []


async def test_an_admin_reports_about_everything(log):
    await received(log, run_event([TABLE], [KB]), principal=Principal("ops", "acme", frozenset({Role.ADMIN})))

    assert len(log.events) == 1


async def test_refused_events_do_not_keep_others_out(log):
    heard = []
    good, bad = await received(log, run_event([TABLE], [KB]), {}, heard=lambda: heard.append(len(log.events)))

    assert (good.error, bad.error.code) == (None, "invalid_lineage")
    assert heard == [1]


async def test_nothing_is_told_when_nothing_is_new(log):
    heard = []
    await received(log, {}, heard=lambda: heard.append(1))

    assert heard == []


async def test_an_event_that_cannot_be_written_again_is_refused(log):
    deep = {}
    for _ in range(300):
        deep = {"x": deep}
    [refused] = await received(log, run_event([TABLE], [KB]) | {"deep": deep})

    assert refused.error.code == "invalid_lineage"
