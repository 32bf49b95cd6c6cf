"""Each sentence of an answer leads to the document that it may come from, or to none."""

import json
import time

from prov.model import ProvDerivation, ProvDocument

from tests.journeys.house import OTHER_SOC_KEY, SOC_KEY, House
from tests.journeys.upstream import Whole, completion

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
    until = time.monotonic() + 10
    while "attributed" not in (impact := impact_of(house))["by_state"]:
        assert time.monotonic() < until
        time.sleep(0.05)
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
