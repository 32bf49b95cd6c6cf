"""Each sentence of an answer leads to the document that it may come from, or to none."""

import json
from collections.abc import Iterator

import pytest
from prov.model import ProvDerivation, ProvDocument

from tests.journeys.house import OTHER_SOC_KEY, SOC_KEY, House, serving
from tests.journeys.test_credit import lineage, told
from tests.journeys.test_enforcement import CHAT, MESSAGES, RESPONSES, Spoken
from tests.journeys.test_messages import claude as with_claude
from tests.journeys.upstream import Stream, Upstream, Whole, completion
from tests.waiting import until

SOC = {"authorization": f"Bearer {SOC_KEY}"}
DOCUMENT = {"id": "attributed.md", "source": "file/kb",
            "text": "A toaster may be returned for thirty days at the counter of any branch of ours."}  # fmt: skip


def impact_of(house: House) -> dict:
    return house.http.get("/api/v1/documents/attributed.md/impact", headers=SOC).json()


def test_an_answer_is_attributed_and_the_blast_radius_knows(house: House):
    house.upstream.says = [
        Whole(completion("A toaster may be returned for thirty days at the counter. The moon is made of green cheese."))
    ]
    body = {"model": "gpt", "messages": [{"role": "user", "content": "May I return it?"}], "documents": [DOCUMENT]}
    response = house.http.post("/v1/chat/completions", json=body).headers["x-lineward-response-id"]
    house.ended(response)
    told = house.http.get(f"/api/v1/responses/{response}/attribution", headers=SOC).json()
    until(lambda: "attributed" in impact_of(house)["by_state"])
    impact = impact_of(house)
    again = house.http.get(f"/api/v1/responses/{response}/attribution", headers=SOC).json()
    stranger = house.http.get(
        f"/api/v1/responses/{response}/attribution", headers={"authorization": f"Bearer {OTHER_SOC_KEY}"}
    )

    record = house.record(response)
    prov = house.http.get(f"/api/v1/responses/{response}/prov", headers=SOC).json()
    (derived,) = [
        one
        for one in ProvDocument.deserialize(content=json.dumps(prov), format="json").get_records(ProvDerivation)
        if str(one.args[0]) == f"response:{response}"
    ]

    assert [(one["state"], one["attribution"]["method"]) for one in record["context"]] == [("attributed", "overlap")]
    assert str(derived.args[1]).startswith("chunk:") and str(derived.args[2]) == f"generation:{response}"
    assert {str(name): str(value) for name, value in derived.extra_attributes} == {
        "lineward:method": "overlap",
        "lineward:score": str(told["sentences"][0]["score"]),
        "lineward:sentences": "1",
    }
    assert told == again
    assert [(one["method"], one["document"]) for one in told["sentences"]] == [
        ("overlap", "attributed.md"), ("", "")
    ]  # fmt: skip
    assert told["unattributed"] == [1]
    assert impact["by_state"] == {"sent": 1, "attributed": 1}
    assert "attributed" in impact["responses"][0]["states"]
    assert stranger.status_code == 404


ANSWER = "A toaster may be returned for thirty days at the counter. The moon is made of green cheese."


@pytest.fixture(scope="module")
def speaking(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("attribution")
    with serving(folder, upstream_server, **with_claude(folder, upstream_server.url)) as house:
        yield house


@pytest.mark.parametrize("spoken", [CHAT, RESPONSES, MESSAGES], ids=str)
def test_a_caller_who_asks_is_told_with_the_answer(speaking: House, spoken: Spoken, mode: str):
    def ask(*included: str):
        stream = Stream(spoken.stream(ANSWER, "", ""), done=spoken is CHAT)
        speaking.upstream.says = [Whole(spoken.whole(ANSWER, "", "")) if mode == "whole" else stream]
        body = {**spoken.ask("May I return it?"), "documents": [DOCUMENT], "stream": mode == "stream"}
        return speaking.http.post(spoken.path, json={**body, "lineward": {"include": [*included]}})

    reply = ask("attribution")
    only, both = lineage(reply.text), lineage(ask("attribution", "lineage").text)
    response = reply.headers["x-lineward-response-id"]
    speaking.ended(response)
    kept = speaking.http.get(f"/api/v1/responses/{response}/attribution", headers=SOC).json()["sentences"]
    first, second = only["attribution"]["sentences"]

    assert told(reply.text, mode) == ANSWER
    assert [*only] == ["attribution"] and both["chunks"][0]["document"] == "attributed.md"
    assert (only["attribution"]["unattributed"], only["attribution"]["unread"]) == ([1], 0)
    assert [first[name] for name in ("document", "method")] == ["attributed.md", "overlap"]
    assert [first[name] == kept[0][name] for name in ("source", "chunk")] == [True, True]
    assert "document" not in second and second["score"] < 0.4
    same = ("start", "end", "text", "method", "score")
    assert [[one[name] for name in same] for one in (first, second)] == [[one[name] for name in same] for one in kept]
    assert '"lineward"' not in ask().text
