import asyncio

import pytest

from gateway.dialects.chat import CHAT
from gateway.dialects.fields import Arrival
from gateway.domain.chat import Delta
from gateway.domain.decisions import Decision, Effect, RuleHit, Target
from gateway.domain.documents import Chunk, ChunkState, How, Source
from gateway.domain.errors import LineageUnavailable, PolicyViolation, ProviderFailed
from gateway.domain.findings import Finding, Where
from gateway.domain.principals import Principal
from gateway.domain.records import TreeHead
from gateway.domain.runs import Edge, Intent, Outcome, RunEvent, RunState
from gateway.lineage.recorder import Content, Head, Recorder
from gateway.lineage.writer import Writer

PRINCIPAL = Principal("bot", "acme", purposes=("support",), purpose="support")
REQUEST = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": "Why?"}]}, Arrival("sha256:aa"))
MASK = Decision(Target.FINDING, Effect.MASK, (RuleHit("pii", Effect.MASK),), "sha256:bb")


class Memory:
    """A store that keeps events in a list, and can be out of order."""

    head = TreeHead(1, bytes(32))

    def __init__(self) -> None:
        self.events: list[RunEvent] = []
        self.broken = False

    def append(self, events):
        if self.broken:
            raise LineageUnavailable("the disk is full")
        self.events += events
        return list(range(len(self.events) - len(events), len(self.events)))

    def close(self) -> None:
        pass


@pytest.fixture
def store():
    return Memory()


@pytest.fixture
def writer(store: Memory):
    writer = Writer(store)
    writer.start()
    yield writer
    writer.close(timeout=1)


def recorder(writer: Writer, content: Content = Content.MASKED) -> Recorder:
    return Recorder(writer, REQUEST, PRINCIPAL, content, "sha256:bb")


def states(store: Memory) -> list[tuple[str, RunState]]:
    return [(event.type, event.state) for event in store.events]


def piece(text: str, **more) -> Delta:
    return Delta({"model": "m-1", "choices": [{"index": 0, "delta": {"content": text}, **more}]})


async def test_the_intent_is_durable_when_admit_returns(store: Memory, writer: Writer):
    async with recorder(writer) as run:
        await run.admit("outside", "us", REQUEST)

        assert states(store) == [("intent", RunState.START)]

    assert states(store)[1:] == [("outcome", RunState.COMPLETE)]


async def test_what_was_released_is_what_the_outcome_commits_to(store: Memory, writer: Writer):
    async with recorder(writer) as run:
        await run.admit("outside", "us", REQUEST)
        run.release(piece("Because "))
        run.release(piece("of Rayleigh.", finish_reason="stop"))

    outcome = store.events[-1].body
    assert isinstance(outcome, Outcome)
    assert list(outcome.content.values()) == ["Because of Rayleigh."]
    assert outcome.released in outcome.content
    assert (outcome.model, outcome.finish_reasons) == ("m-1", ("stop",))
    assert outcome.first_delta_ms is not None and outcome.first_delta_ms <= outcome.total_ms


async def test_a_refusal_before_admission_leaves_both_events_and_no_text(store: Memory, writer: Writer):
    with pytest.raises(PolicyViolation) as caught:
        async with recorder(writer) as run:
            raise PolicyViolation("no", rules=())

    intent, outcome = (event.body for event in store.events)
    assert caught.value.response_id == run.id
    assert states(store) == [("intent", RunState.START), ("outcome", RunState.COMPLETE)]
    assert isinstance(intent, Intent) and isinstance(outcome, Outcome)
    assert (intent.content, intent.provider, outcome.decision) == ({}, "", "denied")


async def test_of_a_prompt_that_never_left_no_chunk_was_sent(store: Memory, writer: Writer):
    """A record that could say what did not happen is no evidence."""
    chunk = Chunk(Source("file", "kb"), "a.md", "sha256:00", 0, "text", How.DECLARED)
    with pytest.raises(PolicyViolation):
        async with recorder(writer) as run:
            run.prompt.edges += [Edge(chunk, ChunkState.SENT, MASK), Edge(chunk, ChunkState.DROPPED, MASK)]
            raise PolicyViolation("no", rules=())

    assert [edge.state for edge in store.events[0].body.edges] == [ChunkState.RETRIEVED, ChunkState.DROPPED]


async def test_of_a_prompt_that_was_refused_before_all_was_judged_the_rest_was_found(store: Memory, writer: Writer):
    judged, rest = (Chunk(Source("file", "kb"), name, "sha256:00", 0, name, How.DECLARED) for name in ("a.md", "b.md"))
    with pytest.raises(PolicyViolation):
        async with recorder(writer) as run:
            run.prompt.edges.append(Edge(judged, ChunkState.DROPPED, MASK))
            run.retrieved([judged, rest])
            raise PolicyViolation("no", rules=())

    told = [(edge.chunk.document, edge.state, edge.decision.hits) for edge in store.events[0].body.edges]
    assert told == [("a.md", ChunkState.DROPPED, MASK.hits), ("b.md", ChunkState.RETRIEVED, ())]


SHAPE = '{"model":"m","messages":[{"role":"user","content":{"lineward:text":0}}]}'
"""What is left of the prompt without its text."""


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (Content.FULL, {"mail a@b.io", "mail <M>", SHAPE}),
        (Content.MASKED, {"mail <M>", SHAPE}),
        (Content.DIGESTS, set()),
    ],
)
async def test_the_content_setting_decides_which_texts_are_kept(store: Memory, writer: Writer, content, kept):
    request = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": "mail a@b.io"}]})
    sent = request.with_texts({("messages", 0, "content"): "mail <M>"})

    async with Recorder(writer, request, PRINCIPAL, content, "") as run:
        await run.admit("outside", "us", sent)

    assert set(store.events[0].body.content.values()) == kept


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (ProviderFailed("gone"), RunState.FAIL, "provider_failed"),
        (ValueError("boom"), RunState.FAIL, "internal_error"),
        (asyncio.CancelledError(), RunState.ABORT, "client_left"),
        (GeneratorExit(), RunState.ABORT, "client_left"),
    ],
)
async def test_every_end_is_recorded_once(store: Memory, writer: Writer, error, state, code):
    with pytest.raises(type(error)):
        async with recorder(writer) as run:
            await run.admit("outside", "us", REQUEST)
            raise error
    await asyncio.to_thread(writer.close)

    assert states(store) == [("intent", RunState.START), ("outcome", state)]
    assert store.events[1].body.error == code


async def test_without_a_record_there_is_no_admission(store: Memory, writer: Writer):
    store.broken = True

    with pytest.raises(LineageUnavailable):
        async with recorder(writer) as run:
            await run.admit("outside", "us", REQUEST)

    assert store.events == []


async def test_a_cancelled_caller_does_not_lose_the_outcome(store: Memory, writer: Writer):
    async def asking() -> None:
        async with recorder(writer) as run:
            await run.admit("outside", "us", REQUEST)
            await asyncio.sleep(60)

    task = asyncio.ensure_future(asking())
    while not store.events:  # noqa: ASYNC110 - the writer's thread fills it
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(writer.close)

    assert states(store)[-1] == ("outcome", RunState.ABORT)


async def test_the_decision_says_what_was_masked_and_dropped(writer: Writer):
    chunk = Chunk(Source("file", "kb"), "a.md", "sha256:00", 0, "text", How.DECLARED)
    async with recorder(writer) as run:
        before = run.decision
        run.prompt.edges.append(Edge(chunk, ChunkState.DROPPED, MASK))
        dropped = run.decision
        run.answer.found(Finding("US_SSN", 0, 3, 1.0, "p"), Where.RESPONSE, "x", MASK)

    assert (before, dropped, run.decision) == ("allow", "dropped:1", "masked,dropped:1")


async def test_a_receipt_names_the_intents_place_in_the_log(store: Memory, writer: Writer):
    async with recorder(writer) as run:
        await run.admit("outside", "us", REQUEST)

        assert Head(run).receipt == "0@1:" + "A" * 43


async def test_a_refusal_carries_its_receipt(store: Memory, writer: Writer):
    with pytest.raises(PolicyViolation) as caught:
        async with recorder(writer):
            raise PolicyViolation("no", rules=())

    assert caught.value.receipt == "0@1:" + "A" * 43
