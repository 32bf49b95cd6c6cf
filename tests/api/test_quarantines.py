import pytest

from gateway.api.access import Accesses
from gateway.api.quarantines import quarantines_router
from gateway.domain.documents import Source
from tests.api.routes import APP, KEYS, SOC, Noting, client


class House:
    """Knows one document of one tenant, and remembers what it was told to do with it."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, str, bool]] = []

    async def change(self, body, tenant):
        self.changes.append((tenant, body.document, body.released))

    def places(self, document, tenant):
        return [(tenant, Source("file", "kb"))] if (document, tenant) == ("kb/a.md", "acme") else []

    def history(self, tenant, *, document="", limit=50, cursor=""):
        return [], f"{limit}{cursor}"

    def impact(self, subject, tenant, *, limit, cursor="", after=-1):
        return None


@pytest.fixture
def house():
    return House()


@pytest.fixture
def log():
    return Noting()


@pytest.fixture
async def http(house, log):
    async with client(quarantines_router(KEYS, house, house, house, Accesses(log), 1_000)) as http:
        yield http


async def test_a_responder_takes_a_document_out_of_use_and_gives_it_back(http, house):
    for what in ("quarantine", "release"):
        reply = await http.post(f"/api/v1/documents/kb/a.md/{what}", headers=SOC, json={"reason": "wrong"})
        assert reply.json()["sources"] == ["file/kb"]

    assert house.changes == [("acme", "kb/a.md", False), ("acme", "kb/a.md", True)]


async def test_an_application_does_not(http, house):
    reply = await http.post("/api/v1/documents/kb/a.md/quarantine", headers=APP, json={"reason": "wrong"})

    assert (reply.status_code, house.changes) == (403, [])


async def test_the_state_of_what_nobody_knows_is_a_404_and_lists_are_recorded(http, log):
    absent = await http.get("/api/v1/documents/kb/b.md/quarantine", headers=SOC)
    listed = await http.get("/api/v1/quarantines?limit=7", headers=SOC)

    assert (absent.status_code, absent.json()["error"]["code"]) == (404, "document_not_found")
    assert listed.json() == {"data": [], "cursor": "7"}
    assert log.noted == [("soc", "list quarantines")]
