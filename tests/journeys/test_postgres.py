"""One running gateway with everything that it keeps on a PostgreSQL server: an incident from the answer to the end."""

import base64
import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from rich.progress import Progress
from sqlmodel import SQLModel

from gateway.lineage.notes import VerifierKey
from gateway.lineage.receipts import Receipt
from gateway.stores.log import SQLLog
from gateway.stores.masters import Masters
from gateway.stores.opening import open_ledger
from gateway.verification import verify_bundle, verify_receipt, verify_whole
from tests.journeys.house import APP_KEY, SOC_KEY, House, serving, sha256
from tests.journeys.upstream import Upstream, Whole, completion
from tests.stores.databases import Postgres, rows
from tests.waiting import until

POLICY = "Every toaster may be returned for thirty days at the counter of any branch of ours, with its receipt."
LETTER = "The letter of Jane says that she brought the toaster back on the ninth of March, in a blue bag of hers."
ANSWER = "Every toaster may be returned for thirty days at the counter. The moon is made of green cheese."
QUESTION = "May I, Jane of the ninth floor, return the toaster?"
JANE = "jane.doe"
KEYS = {
    "bot": (APP_KEY, ["app"]),
    "soc": (SOC_KEY, ["responder", "auditor"]),
    "privacy": ("lw-test-privacy", ["admin"]),
}


@pytest.fixture(scope="module")
def url(postgres_server: str) -> Iterator[str]:
    made = Postgres(postgres_server)
    yield made()
    made.close()


@pytest.fixture(scope="module")
def house(url: str, upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("postgres")
    applications = [
        {"name": name, "key_sha256": sha256(key), "tenant": "acme", "roles": roles}
        for name, (key, roles) in KEYS.items()
    ]
    changes = {
        "store": {"url": url, "key_file": f"{folder}/texts.key"},
        "vault": {"url": url, "keys": {"a": base64.b64encode(bytes(range(32))).decode()}},
        "log": {"origin": "example.com/log", "signing_key_file": f"{folder}/log.key"},
    }
    with serving(folder, upstream_server, applications=applications, **changes) as house:
        yield house


def asked(house: House, user: str, **document: str) -> tuple[str, Receipt]:
    house.upstream.says = [Whole(completion(ANSWER))]
    body = {
        "model": "gpt", "user": user, "messages": [{"role": "user", "content": QUESTION}],
        "documents": [document], "lineward": {"conversation": f"talk of {user}"},
    }  # fmt: skip
    reply = house.http.post("/v1/chat/completions", json=body)
    assert reply.status_code == 200, reply.text
    response = reply.headers["x-lineward-response-id"]
    house.ended(response)
    return response, Receipt.parse(reply.headers["x-lineward-receipt"])


def api(house: House, method: str, path: str, key: str = SOC_KEY, **more) -> dict:
    reply = house.http.request(method, f"/api/v1{path}", headers={"authorization": f"Bearer {key}"}, **more)
    assert reply.status_code == 200, reply.text
    return reply.json()


def followed(house: House) -> bool:
    """Whether all indexes know what the log holds."""
    return all(lag["entries"] == 0 for lag in house.http.get("/readyz").json()["following"].values())


def test_an_answer_is_traced_searched_contained_handed_over_and_forgotten(house: House, url: str):
    theirs, receipt = asked(house, JANE, id="letter.md", text=LETTER)
    others, _ = asked(house, "john", id="returns.md", text=POLICY)
    until(lambda: followed(house))

    # What fed the answer, and whom else it reached.
    (fed,) = api(house, "GET", f"/responses/{others}")["context"]
    impact = api(house, "GET", "/documents/returns.md/impact")
    assert (fed["document"], fed["how"], fed["state"]) == ("returns.md", "declared", "attributed")
    assert ([one["response"] for one in impact["responses"]], impact["by_state"]["sent"]) == ([others], 1)
    assert api(house, "GET", f"/chunks/{fed['chunk']}/impact")["total"] == 1

    # The sentence that somebody complained of, and where it came from.
    found = api(house, "GET", "/responses", params={"q": ANSWER[20:60]})["data"]
    told = api(house, "GET", f"/responses/{others}/attribution")
    assert {one["id"] for one in found} == {theirs, others}
    assert [(one["method"], one["document"]) for one in told["sentences"]] == [("overlap", "returns.md"), ("", "")]

    # The document is kept out from now on; what happened is told in order.
    api(house, "POST", "/documents/returns.md/quarantine", json={"reason": "wrong since May"})
    contained, _ = asked(house, "john", id="returns.md", text=POLICY)
    history = api(house, "GET", "/timeline", params={"document": "returns.md"})["data"]
    assert [one["state"] for one in api(house, "GET", f"/responses/{contained}")["context"]] != ["sent"]
    assert [one["type"] for one in history if one["type"] != "access"] == ["response", "quarantine", "response"]
    assert [one["id"] for one in api(house, "GET", "/timeline", params={"user": JANE})["data"]] == [theirs]

    # An incident and its bundle, which verifies without the gateway.
    case = api(house, "POST", "/incidents", json={"title": "A wrong number of days"})["id"]
    api(house, "POST", f"/incidents/{case}/items", json={"items": [f"response/{others}", "document/returns.md"]})
    headers = {"authorization": f"Bearer {SOC_KEY}"}
    bundle = house.http.post(f"/api/v1/incidents/{case}/bundle", headers=headers).content
    statement = json.loads(base64.b64decode(json.loads(bundle)["payload"]))["predicate"]
    assert verify_bundle(bundle).faults == []
    assert ANSWER in statement["texts"].values()
    assert {"intent", "outcome", "quarantine", "access"} <= {entry["type"] for entry in statement["entries"]}

    # A person is forgotten, wherever on the server, and nobody else is.
    before, there = api(house, "GET", f"/responses/{others}"), legible(url)
    erased = api(house, "POST", "/erasures", key="lw-test-privacy", json={"subject": JANE})
    until(lambda: followed(house))
    assert (erased["responses"], erased["documents"]) == (1, ["letter.md"])
    assert api(house, "GET", f"/responses/{others}") == before
    assert api(house, "GET", f"/responses/{theirs}")["answer"] == ""
    assert [one["id"] for one in api(house, "GET", "/responses", params={"q": LETTER[5:50]})["data"]] == []
    assert there == [JANE, "letter.md"]
    assert legible(url) == []

    # And the log is whole, with a receipt that somebody got for what is no more.
    ledger = open_ledger(url, Masters(house.folder / "texts.key"))
    with closing(ledger), closing(SQLLog(url, "example.com/log")) as log:
        verdict = verify_whole(ledger, log, Progress(disable=True))
        (key,) = log.keys()
        assert verdict.faults == []
        assert verify_receipt(log, receipt).faults == []
        assert VerifierKey.parse(str(key)).name == "example.com/log"


def legible(url: str) -> list[str]:
    """What of Jane's stands in any table as it is; texts are sealed, so that none does even before she is erased."""
    names = [name for (name,) in rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert {*SQLModel.metadata.tables} < {*names}
    stored = "".join(str(row) for name in names for row in rows(url, f'SELECT * FROM "{name}"'))
    return [one for one in (JANE, "letter.md", LETTER, QUESTION) if one in stored]
