from gateway.api.access import Accesses
from gateway.api.attributions import attributions_router
from gateway.domain.attributions import Attribution, Sentence
from tests.api.routes import APP, KEYS, SOC, Noting, client


class Attributions:
    def attribution(self, response, tenant):
        told = Attribution(response, [Sentence(0, 4, "Yes.", "short", 0.0)], [], 2)
        return told if (response, tenant) == ("0193", "acme") else None


async def test_sentences_are_told_to_responders_and_recorded():
    log = Noting()
    async with client(attributions_router(KEYS, Attributions(), Accesses(log))) as http:
        told = await http.get("/api/v1/responses/0193/attribution", headers=SOC)
        absent = await http.get("/api/v1/responses/0194/attribution", headers=SOC)
        strangers = [await http.get("/api/v1/responses/0193/attribution", headers=key) for key in ({}, APP)]

    assert told.json()["sentences"][0]["method"] == "short" and told.json()["unread"] == 2
    assert (absent.status_code, absent.json()["error"]["code"]) == (404, "response_not_found")
    assert [reply.status_code for reply in strangers] == [401, 403]
    assert log.noted == [("soc", "read attribution", "response/0193")]
