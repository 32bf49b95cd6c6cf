import pytest

from gateway.api.access import Accesses
from gateway.api.investigation import investigation_router
from gateway.domain.errors import NotFound
from gateway.investigation import VersionDifference
from gateway.lineage.prompts import Prompt
from tests.api.routes import APP, KEYS, SOC, Noting, client

PATHS = ("responses/0193/prompt", "responses/0193/diff/0194", "documents/kb/a.md/diff", "chunks/sha256:00")


class Investigation:
    """Knows a response, two versions of a document and a chunk, all of one tenant."""

    def prompt(self, id: str, tenant: str):
        return self._of(tenant, Prompt(id, [], []))

    def difference(self, left: str, right: str, tenant: str):
        return self._of(tenant, {"left": left, "right": right})

    def version_difference(self, id: str, tenant: str, left: str, right: str, source: str):
        return self._of(tenant, VersionDifference(id, left, right, [], True))

    def chunk(self, digest: str, tenant: str):
        return self._of(tenant, [])

    def _of(self, tenant: str, found):
        if tenant != "acme":
            raise NotFound("none")
        return found


@pytest.fixture
def log():
    return Noting()


@pytest.fixture
async def http(log):
    async with client(investigation_router(KEYS, Investigation(), Accesses(log))) as http:
        yield http


async def test_each_answer_is_recorded_by_what_it_showed(http, log):
    replies = [await http.get(f"/api/v1/{path}", headers=SOC) for path in PATHS]

    assert [reply.status_code for reply in replies] == [200] * 4
    assert replies[2].json()["document"] == "kb/a.md"
    assert log.noted == [
        ("soc", "read prompt", "response/0193"),
        ("soc", "compare responses", "response/0193", "response/0194"),
        ("soc", "compare versions", "document/kb/a.md"),
        ("soc", "read chunk", "chunk/sha256:00"),
    ]


async def test_an_application_may_not_ask(http, log):
    assert [(await http.get(f"/api/v1/{path}", headers=APP)).status_code for path in PATHS] == [403] * 4
    assert log.noted == []
