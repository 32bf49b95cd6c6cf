import gzip
import hashlib

import orjson
import pytest

from gateway.api.auth import Keys
from gateway.api.openlineage import openlineage_router
from gateway.domain.principals import Principal, Role
from gateway.receiving import Receiver
from tests.api.routes import client
from tests.domain.reported import KB, TABLE, run_event
from tests.test_receiving import Log

KEYS = Keys(
    {
        hashlib.sha256(b"etl").hexdigest(): Principal(
            "etl", "acme", lineage_namespaces=("airflow-prod", "snowflake://acme-*", "chroma://*")
        ),
        hashlib.sha256(b"bot").hexdigest(): Principal("bot", "acme", frozenset({Role.APP, Role.RESPONDER})),
    }
)
ETL, BOT = ({"authorization": f"Bearer {key}"} for key in ("etl", "bot"))
EVENT = run_event([TABLE], [KB])


@pytest.fixture
def log():
    return Log()


@pytest.fixture
async def http(log):
    async with client(openlineage_router(KEYS, Receiver(log), 20_000)) as http:
        yield http


async def test_an_event_is_taken_with_201_as_marquez_does(http, log):
    reply = await http.post("/api/v1/lineage", json=EVENT, headers=ETL)

    assert (reply.status_code, reply.json()["id"]) == (201, log.events[0].id)


async def test_gzip_is_taken(http, log):
    packed = gzip.compress(orjson.dumps(EVENT))
    reply = await http.post("/api/v1/lineage", content=packed, headers={**ETL, "content-encoding": "gzip"})

    assert (reply.status_code, len(log.events)) == (201, 1)


async def test_a_bomb_is_refused_before_it_goes_off(http, log):
    bomb = gzip.compress(b" " * 50_000_000)
    plain = orjson.dumps(EVENT | {"padding": "x" * 20_000})
    replies = [
        await http.post("/api/v1/lineage", content=bomb[:19_000], headers={**ETL, "content-encoding": "gzip"}),
        await http.post("/api/v1/lineage", content=bomb, headers={**ETL, "content-encoding": "gzip"}),
        await http.post("/api/v1/lineage", content=plain, headers=ETL),
    ]

    assert [reply.status_code for reply in replies] == [413, 413, 413]
    assert log.events == []


async def test_what_is_not_allowed_is_told_with_its_path(http):
    reply = await http.post("/api/v1/lineage", json=EVENT | {"eventType": "DONE"}, headers=ETL)
    error = reply.json()["error"]

    assert (reply.status_code, error["param"], error["code"]) == (400, "eventType", "invalid_lineage")


@pytest.mark.parametrize(("headers", "status"), [({}, 401), (BOT, 403)])
async def test_a_key_without_namespaces_reports_nothing(http, log, headers, status):
    replies = [await http.post(f"/api/v1/lineage{path}", json=[EVENT], headers=headers) for path in ("", "/batch")]

    assert [reply.status_code for reply in replies] == [status] * 2
    assert log.events == []


async def test_another_namespace_is_forbidden(http, log):
    other = run_event([("postgres://payroll:5432", "hr.public.salary")], [KB])
    reply = await http.post("/api/v1/lineage", json=other, headers=ETL)
    error = reply.json()["error"]

    assert (reply.status_code, error["code"], error["param"]) == (403, "namespace_not_allowed", "inputs[0].namespace")


async def test_a_batch_tells_of_each_that_failed(http, log):
    reply = await http.post("/api/v1/lineage/batch", json=[EVENT, {}, EVENT | {"eventType": "START"}], headers=ETL)
    told = reply.json()

    assert (reply.status_code, told["status"]) == (200, "partial_success")
    assert told["summary"] == {"received": 3, "successful": 2, "failed": 1, "retriable": 0, "non_retriable": 1}
    assert [(one["index"], one["retriable"]) for one in told["failed_events"]] == [(1, False)]
    assert len(log.events) == 2


async def test_a_whole_batch_is_a_success(http):
    reply = await http.post("/api/v1/lineage/batch", json=[EVENT], headers=ETL)

    assert (reply.json()["status"], reply.json()["failed_events"]) == ("success", [])


async def test_a_batch_is_a_list(http):
    reply = await http.post("/api/v1/lineage/batch", json=EVENT, headers=ETL)

    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "invalid_type")
