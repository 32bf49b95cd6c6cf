from datetime import UTC, datetime

from gateway.api.access import Accesses
from gateway.api.lineage import lineage_router
from gateway.domain.facts import Facts
from gateway.domain.records import DocumentRecord, Impact, VersionRecord
from gateway.domain.subjects import Subject
from tests.api.routes import APP, KEYS, SOC, Noting, client


class Ledger:
    """Knows one document of one tenant."""

    def response(self, id: str, tenant: str):
        return None

    def document(self, id: str, tenant: str, source=None):
        version = VersionRecord("sha256:00", datetime(2026, 1, 1, tzinfo=UTC), "run", 1, True)
        found = DocumentRecord(id, "file/kb", None, None, Facts(classification="internal"), [version])
        return found if (id, tenant) == ("kb/a.md", "acme") else None

    def impact(self, subject: Subject, tenant: str, *, limit: int, cursor: str = ""):
        known = {"document/kb/a.md", "chunk/sha256:00", "version/sha256:00", "source/file://host/kb"}
        return Impact(subject.id, [], 0, {}, {}, {}) if str(subject) in known and tenant == "acme" else None


def routes(log=None):
    return client(lineage_router(KEYS, Ledger(), Accesses(log or Noting()), lambda record: record))


async def test_documents_are_named_by_ids_with_slashes():
    async with routes() as http:
        document = await http.get("/api/v1/documents/kb/a.md", headers=SOC)
        impact = await http.get("/api/v1/documents/kb/a.md/impact", headers=SOC)

    assert document.json()["labels"] == {"classification": "internal"}
    assert (impact.json()["subject"], impact.json()["total"]) == ("kb/a.md", 0)


async def test_what_is_not_there_is_a_404_with_a_code():
    async with routes() as http:
        replies = [
            await http.get(path, headers=SOC)
            for path in ("/api/v1/responses/x", "/api/v1/documents/x", "/api/v1/documents/x/impact")
        ]

    assert [reply.status_code for reply in replies] == [404] * 3
    assert [reply.json()["error"]["code"] for reply in replies] == ["response_not_found"] + ["document_not_found"] * 2


async def test_every_question_needs_a_responders_key():
    async with routes() as http:
        paths = ("/api/v1/responses/x", "/api/v1/documents/kb/a.md", "/api/v1/documents/x/impact")
        statuses = [(await http.get(path, headers=key)).status_code for path in paths for key in ({}, APP)]

    assert statuses == [401, 403] * 3


async def test_what_is_told_is_recorded_and_what_is_not_there_is_not():
    log = Noting()
    async with routes(log) as http:
        await http.get("/api/v1/documents/kb/a.md", headers=SOC)
        await http.get("/api/v1/documents/kb/a.md/impact", headers=SOC)
        await http.get("/api/v1/documents/nowhere", headers=SOC)
        await http.get("/api/v1/documents/kb/a.md", headers=APP)

    assert log.noted == [("soc", "read document", "document/kb/a.md"), ("soc", "read impact", "document/kb/a.md")]


async def test_impact_is_asked_of_chunks_versions_and_sources_too():
    log = Noting()
    async with routes(log) as http:
        paths = ("chunks/sha256:00", "versions/sha256:00", "sources/file://host/kb")
        told = [await http.get(f"/api/v1/{path}/impact", headers=SOC) for path in paths]
        absent = [await http.get(f"/api/v1/{path}1/impact", headers=SOC) for path in paths]

    assert [reply.json()["subject"] for reply in told] == ["sha256:00", "sha256:00", "file://host/kb"]
    assert [reply.json()["error"]["code"] for reply in absent] == [
        "chunk_not_found", "version_not_found", "source_not_found"
    ]  # fmt: skip
    assert len(log.noted) == 3
