from gateway.api.access import Accesses
from gateway.api.upstream import upstream_router
from gateway.domain.documents import Source
from gateway.domain.records import Impact
from gateway.domain.upstream import Origin
from gateway.upstream import UpstreamRecord
from tests.api.routes import APP, KEYS, SOC, Noting, client
from tests.exporters.test_prov import RECORD

PATHS = ("responses/r1", "documents/kb/a.md", "sources/s3://kb/x", "datasets/s3://kb/x")


def as_it_is(record):
    return record


class Known:
    """Knows something of everything of one tenant."""

    def of_response(self, id, tenant):
        return self._told(id, tenant)[0] if (id, tenant) == ("r1", "acme") else None

    def _told(self, name, tenant):
        if tenant != "acme" or name in ("nowhere", "lost"):
            return []
        return [UpstreamRecord(name, tenant, [Origin("a.md", Source("s3://kb", "x"))])]

    def response(self, id, tenant):
        return RECORD if (id, tenant) == (RECORD.id, RECORD.tenant) else None

    of_document = of_source = _told

    def impact(self, subject, tenant, *, limit, cursor):
        return None if subject.id == "lost" else Impact(subject.id, [], 0, {}, {}, {}, kind=subject.kind)


async def test_each_answer_is_recorded_before_it_is_given():
    log = Noting()
    async with client(upstream_router(KEYS, Known(), Known(), Known(), Accesses(log), as_it_is)) as http:
        replies = [await http.get(f"/api/v1/{path}/upstream", headers=SOC) for path in PATHS]

    assert [reply.status_code for reply in replies] == [200] * 4
    assert replies[1].json()["subject"] == "kb/a.md"
    assert replies[0].json()["origins"][0]["source"] == {"namespace": "s3://kb", "name": "x"}
    assert [event.body.subjects for event in log.events] == [
        ("response/r1",),
        ("document/kb/a.md",),
        ("source/s3://kb/x",),
        ("dataset/s3://kb/x",),
    ]


async def test_what_is_not_there_is_a_404_with_a_code_and_no_look():
    log = Noting()
    async with client(upstream_router(KEYS, Known(), Known(), Known(), Accesses(log), as_it_is)) as http:
        paths = ("responses/r2", "documents/nowhere", "sources/nowhere", "datasets/lost")
        replies = [await http.get(f"/api/v1/{path}/upstream", headers=SOC) for path in paths]

    assert [reply.status_code for reply in replies] == [404] * 4
    assert [reply.json()["error"]["code"] for reply in replies] == [
        f"{kind}_not_found" for kind in ("response", "document", "source", "dataset")
    ]
    assert log.events == []


async def test_who_was_fed_by_a_dataset_or_a_run_is_told_and_recorded():
    log = Noting()
    async with client(upstream_router(KEYS, Known(), Known(), Known(), Accesses(log), as_it_is)) as http:
        replies = [
            await http.get(f"/api/v1/{path}/impact", headers=SOC)
            for path in ("datasets/s3://kb/x", "runs/0193A111", "datasets/lost", "runs/lost")
        ]

    assert [reply.status_code for reply in replies] == [200, 200, 404, 404]
    assert [reply.json()["error"]["code"] for reply in replies[2:]] == ["dataset_not_found", "run_not_found"]
    assert [event.body.subjects for event in log.events] == [("dataset/s3://kb/x",), ("run/0193a111",)]


async def test_a_response_is_told_as_prov_and_that_is_a_look():
    log = Noting()
    async with client(upstream_router(KEYS, Known(), Known(), Known(), Accesses(log), as_it_is)) as http:
        reply = await http.get(f"/api/v1/responses/{RECORD.id}/prov", headers=SOC)
        unknown = await http.get("/api/v1/responses/r9/prov", headers=SOC)

    assert f"response:{RECORD.id}" in reply.json()["entity"]
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "response_not_found")
    assert [(event.body.action, event.body.subjects) for event in log.events] == [
        ("export prov", (f"response/{RECORD.id}",))
    ]


async def test_every_question_needs_a_responders_key():
    async with client(upstream_router(KEYS, Known(), Known(), Known(), Accesses(Noting()), as_it_is)) as http:
        statuses = [
            (await http.get(f"/api/v1/{path}/upstream", headers=key)).status_code for path in PATHS for key in ({}, APP)
        ] + [
            (await http.get(f"/api/v1/{path}/impact", headers=key)).status_code
            for path in ("datasets/a/b", "runs/1")
            for key in ({}, APP)
        ]

    assert statuses == [401, 403] * 6
