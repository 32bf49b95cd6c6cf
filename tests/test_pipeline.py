"""The journey without HTTP: the order of things, and what happens when a step fails."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from gateway.dialects.chat import CHAT
from gateway.dialects.embeddings import EMBEDDINGS
from gateway.dialects.fields import Arrival
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.decisions import Effect
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import (
    BadRequest,
    Forbidden,
    GuardUnavailable,
    LineageUnavailable,
    NotFound,
    PolicyViolation,
    ProviderFailed,
    ProviderRefused,
)
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding
from gateway.domain.principals import Principal
from gateway.domain.quarantines import Quarantine
from gateway.domain.records import TreeHead
from gateway.domain.runs import Intent, Outcome, RunEvent, RunState
from gateway.lineage.recorder import Head
from gateway.lineage.writer import Writer
from gateway.loaders.extraction import text_of
from gateway.pipeline import Pipeline
from gateway.policy.loading import load
from gateway.routing import Destination, Routes
from gateway.unpacking import Unpacker
from tests.catalogued import Quarantined

RULES = """
version: 1
defaults: {unlabelled: internal, on_error: deny}
rules:
- {id: stay, owner: a@example.com, target: chunk, effect: drop_chunk, explain: "{chunk.document} stays",
   match: {chunk.classification: confidential, dest.self_hosted: false}}
- {id: mails, owner: a@example.com, target: finding, effect: mask, explain: "mail",
   match: {finding.entity: EMAIL_ADDRESS, dest.self_hosted: false}}
- {id: contain, owner: a@example.com, target: chunk, effect: quarantine, explain: "{chunk.document} is an attack",
   match: {chunk.quality: {lt: 0.1}}}
- {id: pictures, owner: a@example.com, target: finding, effect: flag, explain: "unread",
   match: {finding.entity: UNSCANNED_CONTENT}}
"""
PRINCIPAL = Principal("bot", "acme", purposes=("support", "research"), purpose="support")


@dataclass
class ScriptedProvider:
    """Answers with what it was told, and remembers what it was asked."""

    name: str
    says: Sequence[Delta | Exception] = ()
    self_hosted: bool = False
    asked: list[ChatRequest] = field(default_factory=list)
    closed: int = 0

    speaks = frozenset({"chat.completions"})

    @property
    def facts(self) -> Facts:
        return Facts(
            provider=self.name, region="us", self_hosted=self.self_hosted, zero_retention=True, trains_on_data=False
        )

    async def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        self.asked.append(request)
        try:
            for item in self.says:
                if isinstance(item, Exception):
                    raise item
                yield item
                await asyncio.sleep(0)
        finally:
            self.closed += 1

    async def prepare(self) -> None:
        pass

    async def aclose(self) -> None:
        pass


class Memory:
    head = TreeHead(1, bytes(32))

    def __init__(self) -> None:
        self.events: list[RunEvent] = []
        self.broken = False

    def append(self, events):
        if self.broken:
            raise LineageUnavailable("the disk is full")
        self.events += events
        return list(range(len(events)))

    def close(self) -> None:
        pass


class MailDetector:
    """Finds one address; can be out of order."""

    def __init__(self) -> None:
        self.broken = False

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        if self.broken:
            raise GuardUnavailable("the detector died")
        return [
            [Finding("EMAIL_ADDRESS", at, at + 6, 1.0, "mail")] if (at := text.find("a@b.io")) >= 0 else []
            for text in texts
        ]

    by_sentence = False

    def under(self, policies):
        return self

    @property
    def answering(self):
        return self


@dataclass
class Searching:
    """A retriever that finds the same chunks for everyone."""

    chunks: Sequence[Chunk]

    async def retrieve(self, request: ChatRequest, principal: Principal) -> Sequence[Chunk]:
        return self.chunks


@dataclass
class Policies:
    current: object


@dataclass
class World:
    """A pipeline with doubles at every seam, and what they saw."""

    pipeline: Pipeline
    store: Memory
    detector: MailDetector
    outside: ScriptedProvider
    house: ScriptedProvider
    retriever: Searching

    @property
    def bodies(self) -> list[Intent | Outcome]:
        return [event.body for event in self.store.events]


def delta(text: str, finish: str | None = None) -> Delta:
    return Delta(
        {"id": "c", "model": "m-1", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}
    )


def ask(text: str = "Why?", model: str = "out", **more) -> ChatRequest:
    return CHAT.parse({"model": model, "messages": [{"role": "user", "content": text}], **more}, Arrival("sha256:00"))


def chunk(text: str, **labels: str) -> Chunk:
    return Chunk(Source("file", "kb"), "a.md", "sha256:00", 0, text, How.RETRIEVED, labels=Facts(labels))


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Policies:
    path: Path = tmp_path_factory.mktemp("policies") / "rules.yaml"
    path.write_text(RULES)
    return Policies(load(path))


@pytest.fixture
def world(policies: Policies):
    outside = ScriptedProvider("outside", [delta("Because."), delta("", "stop")])
    house = ScriptedProvider("house", [delta("At home."), delta("", "stop")], self_hosted=True)
    out, home = Destination.of(outside, "o-1"), Destination.of(house, "h-1")
    routes = {"out": [out], "home": [home], "both": [out, home], "back": [home, out]}
    store, detector, retriever = Memory(), MailDetector(), Searching([])
    writer = Writer(store)
    writer.start()
    pipeline = Pipeline(policies, [retriever], detector, Routes(routes), writer, {}, Unpacker(text_of))
    yield World(pipeline, store, detector, outside, house, retriever)
    writer.close(timeout=1)


async def answer(world: World, request: ChatRequest, principal: Principal = PRINCIPAL) -> tuple[Head, str]:
    async with aclosing(world.pipeline.run(request, principal)) as items:
        head = await anext(items)
        assert isinstance(head, Head)
        text = ""
        async for item in items:
            assert isinstance(item, Delta)
            text += "".join(choice["delta"].get("content", "") for choice in item.raw["choices"])
    return head, text


async def test_a_quarantined_chunk_is_not_sent_and_its_document_is_taken_out_of_use(world):
    ordered = Quarantined()
    pipeline = replace(world.pipeline, quarantines=ordered)
    world.retriever.chunks = [replace(chunk("obey me"), labels=Facts(quality=0.0)), chunk("fine")]

    [head, *_] = [one async for one in pipeline.run(ask(), PRINCIPAL)]

    assert "obey me" not in str(world.outside.asked[0].raw) and "fine" in str(world.outside.asked[0].raw)
    assert ordered == [
        Quarantine("acme", Source("file", "kb"), "a.md", "a.md is an attack", "contain", "a@example.com", head.run.id)
    ]


@pytest.mark.parametrize(
    ("condition", "model", "contained"),
    [("dest.self_hosted: false", "both", False), ("dest.self_hosted: false", "out", True), ("", "both", True)],
)
async def test_a_quarantine_is_carried_out_as_the_record_tells_it(world, tmp_path, condition, model, contained):
    """The first destination is passed over; what was decided for it holds only where no other may be asked."""
    (tmp_path / "more.yaml").write_text(
        "version: 1\ndefaults: {unlabelled: internal, on_error: deny}\nrules:\n"
        "- {id: home, target: chunk, effect: deny,"
        " match: {chunk.classification: confidential, dest.self_hosted: false}}\n"
        f"- {{id: contain, target: chunk, match: {{chunk.quality: {{lt: 0.1}}, {condition}}}, effect: quarantine}}\n"
    )
    ordered = Quarantined()
    pipeline = replace(world.pipeline, quarantines=ordered, policies=Policies(load(tmp_path / "more.yaml")))
    world.retriever.chunks = [
        replace(chunk("obey me"), labels=Facts(quality=0.0)),
        chunk("the plan", classification="confidential"),
    ]

    refused = False
    try:
        [_ async for _ in pipeline.run(ask(model=model), PRINCIPAL)]
    except PolicyViolation:
        refused = True

    assert (refused, bool(ordered)) == (model == "out", contained)
    edges = [edge for body in world.bodies if isinstance(body, Intent) for edge in body.edges]
    assert any(edge.decision.effect is Effect.QUARANTINE for edge in edges) is contained


async def test_the_intent_is_on_disk_when_the_provider_hears_of_it(world: World):
    on_disk: list[int] = []
    original = world.outside.answer

    def watching(request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        on_disk.append(len(world.store.events))
        return original(request, model)

    world.outside.answer = watching

    head, text = await answer(world, ask())

    assert (on_disk, text) == ([1], "Because.")
    assert [event.run for event in world.store.events] == [head.response_id] * 2


async def test_a_chunk_is_judged_before_it_is_sent(world: World):
    world.retriever.chunks = [chunk("the plan", classification="confidential"), chunk("the map")]

    head, _ = await answer(world, ask())

    sent = str(world.outside.asked[0].raw)
    assert "the map" in sent and "the plan" not in sent
    assert head.decision == "dropped:1"
    assert [edge.chunk.rank for edge in world.bodies[0].edges] == [1, 2]


async def test_the_same_chunk_found_twice_is_one(world: World):
    world.retriever.chunks = [chunk("the map"), chunk("the map")]

    await answer(world, ask())

    assert len(world.bodies[0].edges) == 1


async def test_refusing_costs_no_tokens(world: World):
    world.detector.broken = True

    with pytest.raises(GuardUnavailable) as caught:
        await answer(world, ask())

    assert world.outside.asked == []
    assert caught.value.response_id == world.store.events[0].run
    assert world.store.events[-1].state is RunState.FAIL


async def test_no_record_no_answer(world: World):
    world.store.broken = True

    with pytest.raises(LineageUnavailable):
        await answer(world, ask())

    assert world.outside.asked == []


async def test_an_answer_is_judged_before_it_leaves(world: World):
    world.outside.says = [delta("write to a@"), delta("b.io "), delta("now", "stop")]

    head, text = await answer(world, ask())

    assert text == "write to <EMAIL_ADDRESS> now"
    assert head.decision == "masked"


async def test_a_picture_is_noted_as_unscanned_and_passes(world: World):
    url = "data:image/png;base64,iVBORw0KGgo="
    body = {
        "model": "out",
        "messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}],
    }

    await answer(world, CHAT.parse(body))

    (noted,) = world.bodies[0].findings
    assert (noted.entity, noted.place, noted.action) == (
        "UNSCANNED_CONTENT",
        "messages[0].content[0].image_url.url",
        "flag",
    )
    assert url in str(world.outside.asked[0].raw)


async def test_a_fallback_answers_where_policies_let_the_same_prompt_go(world: World):
    world.outside.says = [ProviderFailed("outside is down")]

    _, text = await answer(world, ask(model="both"))

    outcome = world.bodies[-1]
    assert text == "At home."
    assert [(one.provider, one.outcome) for one in outcome.attempts] == [("outside", "failed"), ("house", "answered")]
    assert world.bodies[0].fallbacks == ("house",)


@pytest.mark.parametrize("text", ["mail a@b.io", "plain"])
async def test_a_fallback_that_would_see_more_than_it_may_is_passed_over(world: World, text: str):
    world.house.says = [ProviderFailed("house is down")]
    world.retriever.chunks = [chunk("the plan", classification="confidential")] if text == "plain" else []

    with pytest.raises(ProviderFailed):
        await answer(world, ask(text, model="back"))

    assert world.outside.asked == []
    assert [one.outcome for one in world.bodies[-1].attempts] == ["failed", "forbidden"]


async def test_the_providers_own_refusal_is_not_tried_elsewhere(world: World):
    world.outside.says = [ProviderRefused("too long", status=400)]

    with pytest.raises(ProviderRefused):
        await answer(world, ask(model="both"))

    assert world.house.asked == []


async def test_after_the_first_delta_there_is_no_other_provider(world: World):
    world.outside.says = [delta("half a "), ProviderFailed("gone")]

    with pytest.raises(ProviderFailed):
        await answer(world, ask(model="both"))

    assert world.house.asked == []
    assert [one.outcome for one in world.bodies[-1].attempts] == ["failed"]


async def test_a_caller_that_leaves_closes_the_provider_and_is_recorded(world: World):
    world.outside.says = [delta(f"word{n} ") for n in range(50)]

    async with aclosing(world.pipeline.run(ask(), PRINCIPAL)) as items:
        for _ in range(4):
            await anext(items)
    await asyncio.sleep(0.05)

    assert world.outside.closed == 1
    assert world.store.events[-1].state is RunState.ABORT


async def test_unknown_and_forbidden_models_are_told_apart(world: World):
    with pytest.raises(NotFound):
        await answer(world, ask(model="nope"))
    with pytest.raises(Forbidden):
        await answer(world, ask(), Principal("bot", "acme", models=("home",)))


async def test_a_request_narrows_the_purpose_of_its_key(world: World):
    await answer(world, ask(lineward={"purpose": "research"}))

    assert world.bodies[0].principal.purpose == "research"
    with pytest.raises(Forbidden):
        await answer(world, ask(lineward={"purpose": "marketing"}))


async def test_an_empty_policy_set_refuses_everything(world: World, tmp_path: Path):
    (tmp_path / "none.yaml").write_text("version: 1\nrules: []\n")
    world.pipeline.policies.current, kept = load(tmp_path / "none.yaml"), world.pipeline.policies.current

    with pytest.raises(PolicyViolation) as caught:
        await answer(world, ask())
    world.pipeline.policies.current = kept

    assert caught.value.rules[0].id == "no-policy"
    assert world.outside.asked == []


async def test_a_provider_is_not_asked_in_a_dialect_that_it_does_not_speak(world: World):
    with pytest.raises(BadRequest) as caught:
        await answer(world, EMBEDDINGS.parse({"model": "out", "input": "Why?"}))

    assert world.outside.asked == []
    assert (caught.value.code, caught.value.param) == ("unsupported_endpoint", "model")
    assert "embeddings" in caught.value.message
