"""An incident from its opening to its bundle, which verifies without the gateway; through HTTP."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator

import pytest

from gateway.verification import verify_bundle
from tests.journeys.house import OTHER_SOC_KEY, SOC_KEY, House, serving
from tests.journeys.upstream import Upstream, Whole, completion

SOC = {"authorization": f"Bearer {SOC_KEY}"}
RIVAL = {"authorization": f"Bearer {OTHER_SOC_KEY}"}


@pytest.fixture(scope="module")
def signed(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("incidents")
    log = {"origin": "example.com/log", "signing_key_file": f"{folder}/log.key"}
    with serving(folder, upstream_server, log=log) as house:
        yield house


CASE = "The page of the case says that leave is ten days a year for everybody."


def asked(house: House, text: str = CASE, *others: str, question: str = "Leave?") -> str:
    house.upstream.says = [Whole(completion("Ten days."))]
    documents = [{"id": "case.md", "text": text}, *({"id": f"{one}.md", "text": one} for one in others)]
    body = {"model": "gpt", "messages": [{"role": "user", "content": question}], "documents": documents}
    body["user"] = "eve"
    reply = house.http.post("/v1/chat/completions", json=body)
    return house.ended(reply.headers["x-lineward-response-id"])["id"]


def done(house: House, path: str, code: int = 200, **body: object) -> dict:
    reply = house.http.post(f"/api/v1/incidents{path}", headers=SOC, json=body)
    assert reply.status_code == code, reply.text
    return reply.json()


def test_what_was_gathered_is_handed_over_and_verifies_alone(signed: House):
    response = asked(signed)
    chunk = signed.record(response)["context"][0]["chunk"]
    opened = done(signed, "", title="A wrong number of days")
    path = f"/{opened['id']}"
    done(signed, f"{path}/items", items=[f"response/{response}", "document/case.md", f"chunk/{chunk}"])
    done(signed, f"{path}/notes", text="The user complained at noon.")
    done(signed, f"{path}/hold", reason="case 7")
    told = signed.http.get(f"/api/v1/incidents{path}", headers=SOC).json()
    bundle = signed.http.post(f"/api/v1/incidents{path}/bundle", headers=SOC)

    verdict = verify_bundle(bundle.content)
    statement = json.loads(b64decode(json.loads(bundle.content)["payload"]))

    assert (told["title"], told["held"], told["closed_at"]) == ("A wrong number of days", True, None)
    assert [item["subject"] for item in told["items"]] == [
        f"response/{response}", "document/case.md", f"chunk/{chunk}",
    ]  # fmt: skip
    assert [note["text"] for note in told["notes"]] == ["The user complained at noon.", "held: case 7"]
    assert verdict.faults == []
    assert f"incident {opened['id']}" in verdict.subject
    types = [entry["type"] for entry in statement["predicate"]["entries"]]
    assert types.count("incident") == 4
    assert {"intent", "outcome", "access"} <= set(types)
    assert "Ten days." in statement["predicate"]["texts"].values()
    actions = [
        json.loads(one["detail"])["action"] for one in statement["predicate"]["entries"] if one["type"] == "access"
    ]
    assert actions[-1] == "export bundle"


def test_a_request_that_brought_an_item_in_is_evidence_of_it(signed: House):
    """A document that a request declared has no ingest: how it came in stands in that request's intent."""
    first, second = asked(signed, "Told first, by somebody else."), asked(signed, "Told later, and not looked at.")
    [chunk] = signed.record(first)["context"]
    path = f"/{done(signed, '', title='Who brought it in?')['id']}"

    for item in (f"chunk/{chunk['chunk']}", f"version/{chunk['version']}"):
        done(signed, f"{path}/items", items=[item])
        bundle = signed.http.post(f"/api/v1/incidents{path}/bundle", headers=SOC).content
        entries = json.loads(b64decode(json.loads(bundle)["payload"]))["predicate"]["entries"]

        runs = {json.loads(entry["leaf"])["run"] for entry in entries if entry["type"] == "intent"}
        assert verify_bundle(bundle).faults == []
        assert first in runs
        assert second not in runs
        done(signed, f"{path}/items", items=[item], remove=True)


def test_of_a_request_that_brought_an_item_in_nobody_is_told_who_asked_what(signed: House):
    """The chunk is evidence in the case; the question, the person and their other documents are not."""
    house, secret = signed, "Only eve has read of the reorganisation."
    first = asked(house, "The rules of the house, in its first words.", secret, question="Am I dismissed?")
    alone = asked(house, "The rules of the house, in other words.", question="Am I dismissed?")
    chunks = {one["document"]: one for one in house.record(first)["context"]}
    [own] = house.record(alone)["context"]
    path = f"/{done(house, '', title='Rules')['id']}"
    items = [f"chunk/{chunks['case.md']['chunk']}", f"version/{own['version']}"]
    done(house, f"{path}/items", items=items)

    bundle = house.http.post(f"/api/v1/incidents{path}/bundle", headers=SOC).content
    statement = b64decode(json.loads(bundle)["payload"]).decode()
    verdict = verify_bundle(bundle)
    predicate = json.loads(statement)["predicate"]
    parts = {json.loads(one["leaf"])["run"]: one for one in predicate["entries"] if one["type"] == "intent"}

    assert verdict.faults == []
    assert not [
        word for word in ("dismissed", "eve", "reorganisation", chunks[f"{secret}.md"]["chunk"]) if word in statement
    ]
    assert set(predicate["texts"].values()) == {
        "The rules of the house, in its first words.", "The rules of the house, in other words.",
    }  # fmt: skip
    assert [one["chunk"] for one in parts[first]["part"]["opened"]] == [chunks["case.md"]["chunk"]]
    assert "catalogue" not in parts[first]["part"] and own["version"] in parts[alone]["catalogue"]
    assert any(f"entry {parts[first]['index']}: of this intent the part that" in told for told in verdict.remarks)


def test_a_bundle_that_was_touched_is_found_out(signed: House):
    opened = done(signed, "", title="Another")
    done(signed, f"/{opened['id']}/items", items=[f"response/{asked(signed)}"])
    envelope = json.loads(signed.http.post(f"/api/v1/incidents/{opened['id']}/bundle", headers=SOC).content)

    def altered(change) -> bytes:
        statement = json.loads(b64decode(envelope["payload"]))
        change(statement["predicate"])
        return json.dumps({**envelope, "payload": b64encode(json.dumps(statement).encode()).decode()}).encode()

    def note(predicate: dict) -> None:
        predicate["entries"][0]["detail"] = predicate["entries"][0]["detail"].replace("Another", "Nothing")

    def stranger(predicate: dict) -> None:
        for entry in predicate["entries"]:
            if entry["type"] == "incident":
                entry["detail"] = entry["detail"].replace("response/", "document/")

    for change in (note, stranger, lambda predicate: predicate.update(entries=[])):
        assert verify_bundle(altered(change)).faults


def test_items_can_be_taken_out_and_a_closed_incident_stays(signed: House):
    response = asked(signed)
    path = f"/{done(signed, '', title='Third')['id']}"
    done(signed, f"{path}/items", items=[f"response/{response}", "source/lineward/declared"])
    done(signed, f"{path}/hold", reason="wait")
    done(signed, f"{path}/free", reason="done")
    left = done(signed, f"{path}/items", items=["source/lineward/declared"], remove=True)
    closed = done(signed, f"{path}/close", reason="solved")

    assert [item["subject"] for item in left["items"]] == [f"response/{response}"]
    assert (left["held"], bool(closed["closed_at"])) == (False, True)
    assert done(signed, f"{path}/notes", 409, text="late")["error"]["code"] == "incident_closed"
    first = signed.http.get("/api/v1/incidents?limit=1", headers=SOC).json()
    assert (first["data"][0]["title"], bool(first["cursor"])) == ("Third", True)


@pytest.mark.parametrize(
    ("items", "code"),
    [(["response/0193"], 404), (["document/nowhere.md"], 404), (["nothing"], 400), ([], 400), (["run/1"], 400)],
)
def test_what_is_not_known_is_no_item(signed: House, items: list[str], code: int):
    path = f"/{done(signed, '', title='Fourth')['id']}"

    done(signed, f"{path}/items", code, items=items)
    done(signed, f"{path}/notes", 400, text=" ")
    done(signed, f"{path}/hold", 400)


def test_another_tenant_knows_nothing_of_it(signed: House):
    path = f"/api/v1/incidents/{done(signed, '', title='Ours')['id']}"

    replies = [signed.http.get(path, headers=RIVAL), signed.http.post(f"{path}/bundle", headers=RIVAL)]
    replies += [signed.http.post(f"{path}/notes", headers=RIVAL, json={"text": "x"})]

    assert [reply.status_code for reply in replies] == [404] * 3
    assert signed.http.get("/api/v1/incidents", headers=RIVAL).json()["data"] == []
