import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents import ChunkState
from gateway.domain.runs import RunEvent, RunState
from gateway.lineage.evidence import CHUNKS_MAX, commitment, draw, leaf, salt, timestamp
from tests.stores.material import (
    DROP,
    activated,
    chunk,
    document,
    edges,
    ended,
    entering,
    ingested,
    intent,
    outcome,
    started,
)

SECRET = bytes(range(32))
AT = datetime(2026, 11, 22, 12, 30, 5, 120_000, tzinfo=UTC)


def one(event):
    """The same event with nothing random in it."""
    return replace(event, id="0193-event", run="0193-run", at=AT)


def told(event, detail=b"{}", catalogue=b"", secret=SECRET):
    return json.loads(leaf(event, detail, catalogue, secret))


def committed(tag, data, position=0):
    """The commitment, made without the code under test."""
    key = hashlib.blake2b(tag.encode() + position.to_bytes(4, "big"), digest_size=32, key=SECRET).digest()
    return hmac.new(key, tag.encode() + len(data).to_bytes(8, "big") + data, "sha256").hexdigest()


def test_the_leaf_of_an_intent_stands_as_it_stood_in_the_first_release():
    """Nobody could verify old logs if these bytes changed."""
    used = (*edges(chunk()), *edges(chunk("b.md"), state=ChunkState.DROPPED, decision=DROP))
    event = one(started(intent(*used)))
    found = leaf(event, b'{"a":1}', b'{"b":2}', SECRET)

    assert hashlib.sha256(found).hexdigest() == "0023a3ca6a3d1dbbddc47e053f118d22be7149cb2529420ef8d4d7c4b7ef3d51"


def test_the_leaf_of_an_outcome_stands_as_it_stood_in_the_first_release():
    event = one(ended(started()))
    found = leaf(event, b'{"a":1}', b"", SECRET)

    assert hashlib.sha256(found).hexdigest() == "8ca78f5a50eb32b7a3d7d1e83ca5fc9369a8576694b876872ca06a50355eaaff"


def test_an_intents_leaf_says_who_could_know_what_and_commits_to_the_rest():
    used = (*edges(chunk()), *edges(chunk("b.md"), state=ChunkState.DROPPED, decision=DROP))
    event = one(started(intent(*used)))
    entry = told(event, b"detail", b"catalogue")

    assert entry == {
        "v": 1,
        "type": "intent",
        "id": "0193-event",
        "run": "0193-run",
        "state": "START",
        "ts": "2026-11-22T12:30:05.120000Z",
        "tenant": "acme",
        "app": "support-bot",
        "purpose": "support",
        "model": {"request": "gpt-4o-mini", "provider": "openai"},
        "commit": {
            "detail": committed("detail", b"detail"),
            "catalogue": committed("catalogue", b"catalogue"),
            "principal": committed("principal", b"\0\0\0\4acme\0\0\0\x0bsupport-bot\0\0\0\3u-1"),
            "prompt": committed("prompt", event.body.request.encode()),
        },
        "chunks": [
            {
                "c": committed("chunk", used[0].chunk.digest.encode(), 0),
                "rank": 1,
                "score": "0.5000",
                "state": "sent",
                "how": "recognised",
            },
            {
                "c": committed("chunk", used[1].chunk.digest.encode(), 1),
                "rank": 1,
                "score": "0.5000",
                "state": "dropped",
                "how": "recognised",
            },
        ],
        "policy": {"digest": event.body.policy, "decision": "mask", "rules": ["pii", "stays-in-house"]},
    }


def test_an_outcomes_leaf_commits_to_the_answer():
    event = one(ended(started(), state=RunState.FAIL))
    entry = told(event)

    assert entry["commit"]["answer"] == committed("answer", event.body.released.encode())
    assert entry["model"] == {"response": "gpt-4o-mini-2024-07-18", "provider": "openai"}
    assert (entry["state"], entry["policy"]) == ("FAIL", {"decision": "masked", "rules": []})


def test_without_an_answer_nothing_is_committed_to():
    entry = told(one(ended(started(), outcome(released=None))))

    assert entry["commit"].keys() == {"detail"}


def test_other_events_have_leaves_too():
    ingest, policy = told(one(ingested(entering(document())))), told(one(activated()))

    assert (ingest["documents"], ingest["app"], ingest["commit"].keys()) == (1, "indexer", {"detail", "principal"})
    assert policy["policy"]["digest"].startswith("sha256:")


def test_a_leaf_holds_no_content_and_no_names_of_people_or_documents():
    event = started(intent(*edges(chunk("salaries.xlsx")), end_user="erika.mustermann@acme.example"))
    found = leaf(event, b"detail", b"", draw())

    for secret in ("erika", "salaries", "Piece 0", "kb.example", "May I", event.body.request, event.body.question):
        assert secret.encode() not in found


@pytest.mark.parametrize("count", [0, 1, 8, CHUNKS_MAX, CHUNKS_MAX + 500])
def test_a_leaf_fits_where_logs_keep_entries(count):
    """Tiles prefix an entry with its length in 16 bits."""
    words = "x" * 100_000
    event = started(replace(intent(*edges(*(chunk(ordinal=n) for n in range(count)))), model=words))

    assert len(leaf(event, b"detail", b"catalogue", SECRET)) <= 65_535


def test_a_usual_leaf_is_about_a_kilobyte():
    event = started(intent(*edges(*(chunk(ordinal=n) for n in range(5)))))

    assert 800 < len(leaf(event, b"detail", b"", SECRET)) < 1_600


def test_every_field_has_a_salt_of_its_own():
    salts = {salt(SECRET, tag, at) for tag in (b"detail", b"principal", b"prompt", b"chunk") for at in range(50)}

    assert len(salts) == 200
    assert all(len(one) == 32 for one in salts)


def test_secrets_do_not_repeat():
    assert len({draw() for _ in range(100)}) == 100


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_commitments_are_equal_only_for_equal_things(left, right):
    equal = commitment(SECRET, b"prompt", left) == commitment(SECRET, b"prompt", right)

    assert equal == (left == right)
    assert commitment(SECRET, b"prompt", left) != commitment(SECRET, b"answer", left)
    assert commitment(SECRET, b"prompt", left) != commitment(bytes(32), b"prompt", left)


def test_the_same_value_commits_differently_each_time():
    """Otherwise equal prompts could be told from a log alone."""
    event = one(started())

    assert told(event, secret=draw())["commit"] != told(event, secret=draw())["commit"]


def test_times_are_utc_to_the_microsecond():
    at = datetime(2026, 1, 1, 1, 30, 0, 7, tzinfo=timezone(timedelta(hours=2)))

    assert timestamp(at) == "2025-12-31T23:30:00.000007Z"
    assert timestamp(AT) == "2026-11-22T12:30:05.120000Z"


strings = st.text(st.characters(exclude_categories=[]), max_size=20)


@given(strings, strings, strings)
def test_a_leaf_is_canonical_json(tenant, purpose, model):
    """RFC 8785: no white space, names in order, strings escaped only where they must be."""
    body = replace(intent(*edges(chunk())), model=model)
    body = replace(body, principal=replace(body.principal, purpose=purpose))
    found = leaf(RunEvent("run", RunState.START, body, tenant), b"{}", b"", SECRET)

    assert found == canonical(json.loads(found)).encode("utf-8")


def canonical(value):
    """RFC 8785 for what leaves hold, written down from sections 3.2.2 and 3.2.3."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, int):
        return str(value)
    return '"' + "".join(map(escaped, value)) + '"'


def escaped(character):
    short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    if character in short:
        return short[character]
    return f"\\u{ord(character):04x}" if character < " " else character


def test_a_score_that_is_no_number_is_left_out():
    used = edges(chunk())[0]
    event = started(intent(replace(used, chunk=replace(used.chunk, score=float("nan")))))

    assert "score" not in told(event)["chunks"][0]
