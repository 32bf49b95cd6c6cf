"""People behind an application: their tokens, checked, and what rules make of them."""

import time
from collections.abc import Iterator

import pytest

from tests.identities import AUDIENCE, ISSUER, KeyServer, Signer
from tests.journeys.house import House, serving, sha256
from tests.journeys.upstream import Upstream, Whole, completion

SIGNER = Signer("one")
RULES = """
version: 1
rules:
- id: readers-only
  owner: secops@example.com
  target: chunk
  match: {chunk.readers: {exists: true}}
  when: '!user.verified || !user.groups.exists(g, g in chunk.readers)'
  effect: drop_chunk
  explain: "{chunk.document} is for its readers only"
"""
BODY = {
    "model": "gpt",
    "user": "mallory",
    "messages": [{"role": "user", "content": "What do we plan?"}],
    "documents": [{"id": "plan.md", "text": "We plan to grow.", "labels": {"readers": ["finance"]}}],
}


@pytest.fixture(scope="module")
def strict(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    desk = {"name": "desk", "key_sha256": sha256("lw-desk"), "tenant": "acme", "identity": "required"}
    with KeyServer(SIGNER) as server:
        identity = {"jwks": server.url, "issuer": ISSUER, "audience": AUDIENCE, "algorithms": ["ES256"]}
        folder = tmp_path_factory.mktemp("identity")
        with serving(folder, upstream_server, rules=RULES, identity=identity, more_applications=[desk]) as house:
            yield house


def ask(house: House, token: str = "", key: str = "lw-test-app"):
    house.upstream.says = [Whole(completion("We plan to grow."))]
    house.upstream.requests.clear()
    headers = {"authorization": f"Bearer {key}", **({"x-lineward-user-token": token} if token else {})}
    return house.http.post("/v1/chat/completions", json=BODY, headers=headers)


def test_a_verified_reader_reads_and_the_record_names_the_person(strict: House):
    reply = ask(strict, SIGNER.token())

    record = strict.ended(reply.headers["x-lineward-response-id"])
    assert "We plan to grow" in str(strict.upstream.requests[0]["messages"])
    assert record["end_user"] == "ann"


@pytest.mark.parametrize("token", ["", SIGNER.token(groups=["sales"])])
def test_the_applications_own_word_or_another_group_does_not_open_a_document(strict: House, token: str):
    reply = ask(strict, token)

    record = strict.ended(reply.headers["x-lineward-response-id"])
    assert "We plan to grow" not in str(strict.upstream.requests[0]["messages"])
    assert record["context"][0]["rule"] == "readers-only"
    assert record["end_user"] == ("ann" if token else "mallory")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "missing_user_token"),
        ("nonsense", "invalid_user_token"),
        (SIGNER.token(exp=time.time() - 100), "expired_user_token"),
        (Signer("one").token(), "invalid_user_token"),
    ],
)
def test_a_token_that_is_required_and_does_not_count_is_a_401_and_nothing_is_asked(
    strict: House, token: str, code: str
):
    reply = ask(strict, token, key="lw-desk")

    assert (reply.status_code, reply.json()["error"]["code"]) == (401, code)
    assert strict.upstream.requests == []
    assert ask(strict, SIGNER.token(), key="lw-desk").status_code == 200
