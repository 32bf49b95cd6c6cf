from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.decisions import Decision, Effect, RuleHit, Target
from gateway.domain.documents import ChunkState, How
from gateway.domain.findings import Where
from gateway.domain.records import ContextEntry, ResponseRecord
from gateway.domain.runs import Noted, RunState
from gateway.lineage.differences import Change, difference, text_difference
from gateway.lineage.prompts import Piece, Prompt, PromptText


def record(id: str, **more) -> ResponseRecord:
    given = {
        "at": datetime(2026, 1, 1, tzinfo=UTC), "tenant": "acme", "application": "bot", "purpose": "", "end_user": "u",
        "model": "gpt", "provider": "openai", "region": "us", "stream": False, "state": RunState.COMPLETE,
        "decision": "allow", "policy": "sha256:p", "request": "sha256:r", "index": 1, **more,
    }  # fmt: skip
    return ResponseRecord(id, **given)


def prompt(id: str, text: str, **body) -> Prompt:
    return Prompt(id, [PromptText("messages[0].content", text, [])], [], {"model": "gpt", "messages": [], **body})


def entry(document: str, state: ChunkState, rank: int = 1, rule: str | None = None) -> ContextEntry:
    return ContextEntry(rank, f"sha256:{document}", document, "file/kb", "sha256:v", 0, How.RETRIEVED, state, rule=rule)


def test_only_what_differs_is_told():
    hit = RuleHit("stays-in-house", Effect.DROP_CHUNK)
    dropped = Decision(Target.CHUNK, Effect.DROP_CHUNK, (hit,), "sha256:p")
    noted = Noted("EMAIL_ADDRESS", Where.PROMPT, "messages[0].content", 0, 9, 1.0, "patterns", "mask")
    left = record("a", answer="Ten days.", context=[entry("a.md", ChunkState.SENT), entry("same.md", ChunkState.SENT)])
    right = record(
        "b", answer="Twenty days.", model="claude", findings=[noted, noted], decisions=[dropped],
        context=[entry("a.md", ChunkState.DROPPED, 1, "stays-in-house"), entry("same.md", ChunkState.SENT)],
    )  # fmt: skip

    found = difference(left, right, (prompt("a", "Leave?", temperature=0.1), prompt("b", "Leave now?", temperature=1)))

    assert found.facts == [Change("model", "gpt", "claude")]
    assert found.parameters == [Change("temperature", 0.1, 1)]
    (chunk,) = found.chunks
    assert (chunk.document, chunk.left, chunk.right) == ("a.md", "sent #1", "dropped #1 by stays-in-house")
    assert [one.path for one in found.prompt] == ["messages[0].content"]
    assert found.prompt[0].lines[1:] == ["-Leave?", "+Leave now?"]
    assert found.answer[1:] == ["-Ten days.", "+Twenty days."]
    assert found.findings == [Change("EMAIL_ADDRESS in prompt: mask", None, 2)]
    assert found.rules == [Change("stays-in-house", None, "drop_chunk")]
    assert found.complete and not found.same


def test_of_one_and_the_same_nothing_differs():
    one = record("a", answer="Ten days.", context=[entry("a.md", ChunkState.SENT)])

    assert difference(one, one, (prompt("a", "Leave?"), prompt("a", "Leave?"))).same


def test_it_says_when_a_prompt_is_not_whole():
    lost = Prompt("a", [PromptText("messages[0].content", None, [Piece(None, None)])], ["sha256:x"])

    assert not difference(record("a"), record("b"), (lost, prompt("b", "Leave?"))).complete


lines = st.lists(st.sampled_from(["a", "b", "c", ""]), max_size=8)


@given(lines, lines)
def test_a_diff_says_what_was_taken_away_and_what_came(left: list[str], right: list[str]):
    before, after = "\n".join(left), "\n".join(right)

    found = text_difference(before, after)

    assert (found == []) == (before.splitlines() == after.splitlines())
    gone = sorted(line[1:] for line in found if line.startswith("-"))
    came = sorted(line[1:] for line in found if line.startswith("+"))
    assert sorted([*before.splitlines(), *came]) == sorted([*after.splitlines(), *gone])
