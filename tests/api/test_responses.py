import pytest

from gateway.api.responses import responses_router
from gateway.domain.scopes import Scope
from gateway.domain.turns import Turn
from gateway.identity import Claims, Identities
from gateway.jwks import KeySet
from tests.api.routes import APP, KEYS, SOC, client
from tests.dialects.responded import HEAD, said
from tests.identities import AUDIENCE, ISSUER, Signer, written

ITEMS = [{"role": "user", "content": f"Question {number}."} for number in range(5)]
ABOUT = {name: value for name, value in HEAD.items() if name != "previous_response_id"}


class Kept:
    """Keeps one turn for one end user."""

    def __init__(self):
        self.turns = {"resp_1": Turn("resp_1", "", "c", "run", [*ITEMS, said("So.")], len(ITEMS), ABOUT)}

    def turn(self, scope: Scope, id: str):
        return self.turns.get(id) if scope.end_user == "ada" else None

    def forget(self, scope: Scope, id: str):
        del self.turns[id]


@pytest.fixture
async def http():
    async with client(responses_router(KEYS, Kept(), None)) as http:
        yield http


async def test_an_answer_comes_back_as_it_was_told(http):
    reply = await http.get("/v1/responses/resp_1?user=ada", headers=APP)

    assert reply.json() == {**ABOUT, "output": [said("So.")]}


async def test_nobody_else_has_it_and_a_stream_of_it_there_is_not(http):
    replies = [
        await http.get("/v1/responses/resp_1", headers=APP),
        await http.get("/v1/responses/resp_2?user=ada", headers=APP),
        await http.get("/v1/responses/resp_1?user=ada&stream=true", headers=APP),
        await http.get("/v1/responses/resp_1?user=ada", headers=SOC),
        await http.get("/v1/responses/resp_1?user=ada"),
    ]

    assert [reply.status_code for reply in replies] == [404, 404, 400, 403, 401]


async def test_the_token_of_the_end_user_suffices_and_wins_over_what_the_application_says(tmp_path):
    """As at every other endpoint; only where nobody is vouched for the application's word counts."""
    signer = Signer("one")
    identities = Identities(KeySet(str(written(tmp_path, signer))), Claims(ISSUER, AUDIENCE))
    ada, ann = ({**APP, "x-lineward-user-token": signer.token(sub=name)} for name in ("ada", "ann"))
    async with client(responses_router(KEYS, Kept(), identities)) as http:
        replies = [
            await http.get("/v1/responses/resp_1", headers=ada),
            await http.get("/v1/responses/resp_1?user=ann", headers=ada),
            await http.get("/v1/responses/resp_1?user=ada", headers=ann),
            await http.get("/v1/responses/resp_1?user=ada", headers=APP),
            await http.delete("/v1/responses/resp_1", headers=ada),
        ]

    assert [reply.status_code for reply in replies] == [200, 200, 404, 200, 200]


async def test_without_a_vault_nothing_is_kept():
    async with client(responses_router(KEYS, None, None)) as http:
        assert (await http.get("/v1/responses/resp_1?user=ada", headers=APP)).status_code == 404


async def test_it_is_forgotten_once(http):
    first = await http.delete("/v1/responses/resp_1?safety_identifier=ada", headers=APP)
    again = await http.delete("/v1/responses/resp_1?safety_identifier=ada", headers=APP)

    assert (first.json(), again.status_code) == ({"id": "resp_1", "object": "response", "deleted": True}, 404)


async def test_items_come_in_parts_page_by_page(http):
    seen, after = [], ""
    for _ in range(3):
        query = f"user=ada&order=asc&limit=2&after={after}"
        page = (await http.get(f"/v1/responses/resp_1/input_items?{query}", headers=APP)).json()
        seen += page["data"]
        after = page["last_id"]
    newest = (await http.get("/v1/responses/resp_1/input_items?user=ada&limit=1", headers=APP)).json()
    wrong = await http.get("/v1/responses/resp_1/input_items?user=ada&after=x", headers=APP)

    assert [item["content"] for item in seen] == [[{"type": "input_text", "text": one["content"]}] for one in ITEMS]
    assert page["has_more"] is False
    assert (newest["data"][0], newest["has_more"]) == (seen[-1], True)
    assert wrong.status_code == 400
