import json
import math
from dataclasses import replace

import pytest
from hypothesis import given

from gateway.domain.digests import digest
from gateway.domain.documents import Chunk
from gateway.domain.facts import NONE
from gateway.domain.runs import Attempt, Ingestion, Intent, Outcome, Traced
from gateway.lineage.evidence import leaf
from gateway.stores.decoding import decode
from gateway.stores.encoding import encode
from tests.stores.bodies import events
from tests.stores.material import ALLOW, DROP, chunk, edges, intent, outcome, run


def without_texts(body):
    """*body* as it is kept: texts in blobs, labels, titles and addresses of chunks in the catalogue."""
    if isinstance(body, Intent):
        used = tuple(replace(edge, chunk=bare(edge.chunk)) for edge in body.edges)
        return replace(body, edges=used, content=dict.fromkeys(body.content, ""))
    if isinstance(body, Traced):
        return replace(body, edges=tuple(replace(edge, chunk=bare(edge.chunk)) for edge in body.edges))
    if isinstance(body, Outcome):
        return replace(body, content=dict.fromkeys(body.content, ""))
    if isinstance(body, Ingestion):
        return replace(body, documents=tuple(map(without_text, body.documents)))
    return body


def without_text(entry):
    return replace(
        entry, document=replace(entry.document, text=""), chunks=tuple(bare(piece) for piece in entry.chunks)
    )


def bare(piece: Chunk):
    return replace(piece, text="", title=None, url=None, labels=NONE)


@given(events)
def test_a_body_comes_back_as_it_was_but_for_what_stands_elsewhere(event):
    assert decode(event.type, encode(event.body)) == without_texts(event.body)


@given(events)
def test_the_leaf_of_what_comes_back_is_the_leaf_of_what_was(event):
    """Verification derives leaves from what is stored."""
    detail, secret = encode(event.body), bytes(32)
    again = replace(event, body=decode(event.type, detail))

    assert leaf(again, detail, b"", secret) == leaf(event, detail, b"", secret)


def test_texts_and_labels_are_not_repeated():
    start, end = run(*edges(chunk(text="a text of the knowledge base")))
    stored = encode(start.body) + encode(end.body)

    for absent in (b"knowledge base", b"May I", b"You may", b"kb.example", b"PAGE-1", b"classification"):
        assert absent not in stored


def test_what_a_decision_read_is_kept():
    stored = json.loads(encode(intent(*edges(chunk(), decision=DROP))))

    assert stored["decisions"][1]["hits"][0]["values"] == [
        ["chunk.classification", "confidential"],
        ["dest.self_hosted", False],
    ]


def test_a_decision_about_many_chunks_is_written_once():
    used = edges(*(chunk(ordinal=at) for at in range(50)), decision=ALLOW)
    stored = json.loads(encode(intent(*used, decisions=())))

    assert len(stored["decisions"]) == 1
    assert {edge["decision"] for edge in stored["edges"]} == {0}


def test_why_a_destination_was_passed_over_is_kept_in_intent_and_outcome():
    passed = (Attempt("claude", "haiku", "forbidden", "it stays", DROP), Attempt("local", "llama", "answered"))
    before, after = intent(attempts=passed[:1]), outcome(attempts=passed)

    assert decode("intent", encode(before)).attempts == passed[:1]
    assert decode("outcome", encode(after)).attempts == passed
    assert b'"stays-in-house"' in leaf(replace(run()[0], body=before), encode(before), b"", bytes(32))


def test_digests_are_kept_whole():
    body = outcome("An answer.")

    assert digest("An answer.") in json.loads(encode(body))["content"]


@pytest.mark.parametrize("score", [math.nan, -math.inf, None])
def test_what_is_no_number_is_no_score(score):
    (edge,) = edges(chunk())
    body = intent(replace(edge, chunk=replace(edge.chunk, score=score)))

    assert decode("intent", encode(body)).edges[0].chunk.score is None
