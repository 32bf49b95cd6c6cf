from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.chat import Text
from gateway.domain.decisions import Decision, Effect, Target
from gateway.domain.documents import Chunk, ChunkState, How, Source
from gateway.domain.findings import Finding
from gateway.pasted import NOTICE, Pasted, rewritten

AT = ("messages", 0, "content")
DROP, ALLOW, MASK = (Decision(Target.CHUNK, effect) for effect in (Effect.DROP_CHUNK, Effect.ALLOW, Effect.MASK))


def pasted(text: str, start: int, end: int, decision: Decision = ALLOW) -> Pasted:
    source, there = Source("file", "kb"), ((start, end),)
    chunk = Chunk(source, "a.md", "sha256:00", 0, text[start:end], How.RECOGNISED, path=AT, spans=there)
    return Pasted(chunk, decision)


def mask(finding: Finding, value: str) -> str:
    return f"<{finding.entity}>"


def found(start: int, end: int) -> Finding:
    return Finding("SECRET", start, end, 1.0, "test")


@given(st.text(max_size=20), st.text(min_size=1, max_size=20), st.text(max_size=20), st.text(min_size=1, max_size=20))
def test_a_chunk_that_may_not_be_used_is_cut_out_and_the_others_stay(before: str, bad: str, between: str, good: str):
    value = before + bad + between + good
    dropped = pasted(value, len(before), len(before + bad), DROP)
    kept = pasted(value, len(before + bad + between), len(value))

    after = rewritten(Text(AT, value, "user"), {}, [dropped, kept], mask)

    rest = NOTICE + between + good
    assert after.endswith(rest) and before.startswith(after[: -len(rest)])
    assert {*before[len(after) - len(rest) :]} <= {*" \t#-*+>\u2022.)[]0123456789"}
    ((start, end),) = kept.spans
    assert after[start:end] == good
    assert (dropped.state, kept.state) == (ChunkState.DROPPED, ChunkState.SENT)


def test_the_marks_before_a_chunk_go_with_it_and_those_of_another_stay():
    value = "Document 1:\n# Plans\n\n- Buy it all.\n\n[2] **Sky**\n- Blue."
    first, second = value.index("Plans"), value.index("Buy")
    plans = pasted(value, first, value.index("\n\n-"), DROP)
    buy = pasted(value, second, value.index("\n\n["), DROP)
    sky = pasted(value, value.index("Sky"), len(value))
    sky.chunk = replace(sky.chunk, document="sky.md")

    after = rewritten(Text(AT, value, "user"), {}, [plans, buy, sky], mask)

    assert after == f"{NOTICE}\n\n{NOTICE}\n\n[2] **Sky**\n- Blue."
    ((start, end),) = sky.spans
    assert after[start:end] == "Sky**\n- Blue."


def test_the_number_of_a_document_stays_as_long_as_a_part_of_it_does():
    value = "Document 1:\n# Plans\n\nThe rest."
    plans = pasted(value, value.index("Plans"), value.index("\n\nThe"), DROP)
    rest = pasted(value, value.index("The rest"), len(value))

    after = rewritten(Text(AT, value, "user"), {}, [plans, rest], mask)

    assert after == f"Document 1:\n{NOTICE}\n\nThe rest."


def test_a_finding_that_reaches_out_of_a_cut_goes_with_it():
    value = "keep THE SECRET keep"

    after = rewritten(Text(AT, value, "user"), {found(9, 15): Effect.MASK}, [pasted(value, 5, 12, DROP)], mask)

    assert after == f"keep {NOTICE} keep"


def test_a_chunk_is_found_again_after_values_before_and_in_it_were_masked():
    value = "mail a@b.io: see x@y.io now, bye"
    chunk = pasted(value, 13, 27)

    after = rewritten(Text(AT, value, "user"), {found(5, 11): Effect.MASK, found(17, 23): Effect.MASK}, [chunk], mask)

    ((start, end),) = chunk.spans
    assert after == "mail <SECRET>: see <SECRET> now, bye"
    assert after[start:end] == "see <SECRET> now"


def test_what_is_cut_out_of_json_leaves_it_json():
    value = '{"results": [{"text": "bad \\"words\\""}, {"text": "good"}]}'
    start = value.index("bad")
    chunk = pasted(value, start, value.index('"}, '), DROP)

    after = rewritten(Text(AT, value, "tool", is_json=True), {}, [chunk], mask)

    assert "bad" not in after
    assert '{"text": "good"}' in after


@pytest.mark.parametrize(
    ("about_the_chunk", "about_a_finding", "state"),
    [
        (ALLOW, Decision(Target.FINDING, Effect.FLAG), ChunkState.SENT),
        (ALLOW, Decision(Target.FINDING, Effect.MASK), ChunkState.MASKED),
        (MASK, MASK, ChunkState.MASKED),
        (ALLOW, Decision(Target.FINDING, Effect.DROP_CHUNK), ChunkState.DROPPED),
        (MASK, Decision(Target.FINDING, Effect.DENY), ChunkState.DROPPED),
    ],
)
def test_the_strictest_of_what_was_decided_about_it_holds(about_the_chunk, about_a_finding, state):
    chunk = pasted("text", 0, 4, about_the_chunk)

    chunk.found(about_a_finding)

    assert chunk.state is state
