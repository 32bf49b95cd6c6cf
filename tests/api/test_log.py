import json
from base64 import b64decode
from contextlib import closing

import pytest

from gateway.api.log import log_router
from gateway.lineage.bundles import verify_sealed
from gateway.lineage.merkle import Inclusion, consistent, includes
from gateway.lineage.notes import Note
from gateway.stores.log import SQLLog
from tests.api.routes import APP, KEYS, SOC, client, unnoted
from tests.lineage.test_notes import SIGNER
from tests.stores.signed import fill


@pytest.fixture
def log(tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    log = SQLLog(url, "x")
    log.starts = fill(url)
    with closing(log):
        yield log


@pytest.fixture
async def http(log):
    async with client(log_router(KEYS, log, SIGNER, unnoted())) as http:
        yield http


def decoded(path):
    return tuple(b64decode(node) for node in path)


async def test_the_checkpoint_is_a_signed_note(http):
    told = (await http.get("/api/v1/log/checkpoint", headers=APP)).json()
    plain = await http.get("/api/v1/log/checkpoint", headers={**APP, "accept": "text/plain"})

    assert (told["origin"], told["size"], told["signed"]) == ("example.com/log", 12, True)
    assert told["keys"] == [str(SIGNER.key)]
    assert plain.text == told["note"]
    assert Note.parse(plain.text).signed_by(SIGNER.key)


async def test_an_older_checkpoint_is_there_still(http):
    told = (await http.get("/api/v1/log/checkpoint?size=5", headers=APP)).json()

    assert told["size"] == 5


async def test_a_caller_proves_an_entry_from_what_two_requests_tell(http, log):
    start = log.starts[2]
    proof = (await http.get(f"/api/v1/responses/{start.run}/proof", headers=SOC)).json()
    entry = proof["entries"][0]
    told = (await http.get(f"/api/v1/log/proof/inclusion?index={entry['index']}&size=9", headers=APP)).json()
    inclusion = Inclusion(told["index"], told["size"], decoded(told["path"]))

    assert includes(inclusion, b64decode(entry["leaf_hash"]), b64decode(told["root"]))
    assert [one["type"] for one in proof["entries"]] == ["intent", "outcome"]
    assert json.loads(entry["leaf"])["run"] == start.run


async def test_growth_is_proved(http):
    told = (await http.get("/api/v1/log/proof/consistency?from=5&to=11", headers=APP)).json()
    roots = b64decode(told["from_root"]), b64decode(told["to_root"])

    assert consistent(5, 11, *roots, decoded(told["path"]))


async def test_a_bundle_is_handed_over(http, log):
    reply = await http.get(f"/api/v1/responses/{log.starts[0].run}/bundle", headers=SOC)

    assert reply.headers["content-type"] == "application/vnd.dsse.envelope.v1+json"
    assert verify_sealed(reply.content, [SIGNER.key]).problems == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/log/proof/inclusion?index=12", 404),
        ("/log/proof/inclusion?index=1&size=99", 400),
        ("/log/proof/consistency?from=5&to=99", 400),
        ("/log/proof/consistency?from=6&to=5", 400),
        ("/responses/0193b2a4-0000-7000-8000-000000000000/proof", 404),
        ("/responses/0193b2a4-0000-7000-8000-000000000000/bundle", 404),
    ],
)
async def test_what_is_not_there_is_said(http, path, status):
    assert (await http.get(f"/api/v1{path}", headers=SOC)).status_code == status


LOG = ("/log/checkpoint", "/log/proof/inclusion?index=1", "/log/proof/consistency?from=1")


async def test_the_log_answers_every_key_and_responses_only_responders(http, log):
    own = (f"/responses/{log.starts[0].run}/proof", f"/responses/{log.starts[0].run}/bundle")
    statuses = {
        path: [(await http.get(f"/api/v1{path}", headers=key)).status_code for key in ({}, APP, SOC)]
        for path in (*LOG, *own)
    }

    assert [statuses[path] for path in LOG] == [[401, 200, 200]] * 3
    assert [statuses[path] for path in own] == [[401, 403, 200]] * 2
