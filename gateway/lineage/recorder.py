"""One run's record: opened once, closed exactly once, whatever happens in between."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import TracebackType
from typing import Self

from gateway.domain.chat import ChatRequest, Delta, Stretch
from gateway.domain.decisions import HIDING, Decision, Effect, Target
from gateway.domain.digests import Digest, digest, new_id
from gateway.domain.documents import Chunk, ChunkState
from gateway.domain.errors import GatewayError, LineageUnavailable, PolicyViolation
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding, Where
from gateway.domain.json import Object, Path
from gateway.domain.principals import Principal
from gateway.domain.runs import Attempt, Edge, Intent, Noted, Outcome, RunEvent, RunState, Usage
from gateway.lineage.prompts import shape
from gateway.lineage.receipts import Receipt
from gateway.lineage.writer import Writer

log = logging.getLogger(__name__)

OUTCOME_PATIENCE = 5.0
"""Seconds that an answer waits for its outcome to be durable. The writer keeps trying after that."""

TOOLS_MAX = 64
"""Tools that a record names of one answer."""

TOOL_NAME_MAX = 128
"""Characters of such a name; those of OpenAI have at most 64."""


class Content(StrEnum):
    """Which texts of a response the store may keep."""

    FULL = "full"
    """The texts as the caller sent them."""
    MASKED = "masked"
    """The texts as they left the house, after masking."""
    DIGESTS = "digests"
    """None."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a caller is told about a run beside its answer."""

    run: "Recorder"
    attribution: Callable[[], Object] | None = None
    """Works out what the answer's sentences are attributed to; `None` if the caller did not ask for it."""

    @property
    def response_id(self) -> str:
        """The id under which the record is found."""
        return self.run.id

    @property
    def decision(self) -> str:
        """What policies did so far: `allow`, `routed`, `masked`, `dropped:2`, joined by commas."""
        return self.run.decision

    @property
    def policy(self) -> str:
        """Digest of the policy set that decides."""
        return self.run.policy

    @property
    def receipt(self) -> str:
        """Where the intent stands in the log, and what the log was when it was durable (receipts.py)."""
        return str(self.run.receipt) if self.run.receipt else ""

    async def told(self) -> Object | None:
        """Return what fed the answer, and what of that is in it, as far as the caller asked for it.

        It is complete when the answer is.
        """
        told = self.run.lineage if "lineage" in self.run.request.include else {}
        if self.attribution is not None:
            told = {**told, "attribution": await asyncio.to_thread(self.attribution)}
        return told or None


@dataclass(slots=True)
class Notes:
    """What was decided about one side of a run, as it was decided."""

    edges: list[Edge] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    findings: list[Noted] = field(default_factory=list)
    routed: list[Decision] = field(default_factory=list)
    """Decisions that want the prompt at another destination. They are recorded with the one that is passed over."""

    @property
    def mark(self) -> tuple[int, int, int, int]:
        """How much is noted now."""
        return len(self.edges), len(self.decisions), len(self.findings), len(self.routed)

    def back_to(self, mark: tuple[int, int, int, int]) -> None:
        """Forget what was noted since *mark* was taken."""
        edges, decisions, findings, routed = mark
        del self.edges[edges:], self.decisions[decisions:], self.findings[findings:], self.routed[routed:]

    def decided(self, decision: Decision) -> None:
        """Remember *decision* if a rule spoke; the same one once."""
        if decision.hits and decision not in self.decisions:
            self.decisions.append(decision)

    def found(self, finding: Finding, where: Where, place: str, decision: Decision, carrier: str = "answer") -> None:
        """Remember *finding* in a text of the kind *carrier* and what was decided about it, before its text goes on."""
        rule = decision.winner.rule if decision.winner else None
        self.findings.append(
            Noted(finding.entity, where, place, finding.start, finding.end, finding.score, finding.detector,
                  decision.effect, rule, carrier, finding.host)
        )  # fmt: skip
        self.decided(decision)

    def covers(self, other: "Notes") -> bool:
        """Return whether what *other* notes to be taken out of the same prompt is out of it here, at least as strictly.

        Of documents only that they are left out counts: where in one a finding was is not noted uniquely.
        """
        gone = {_name(edge) for edge in self.edges if edge.state is ChunkState.DROPPED}
        touched = (edge for edge in other.edges if edge.state in (ChunkState.DROPPED, ChunkState.MASKED))
        hidden = [noted for noted in self.findings if noted.action in HIDING]
        hides = (noted for noted in other.findings if noted.where is Where.PROMPT and noted.action in HIDING)
        return all(_name(edge) in gone for edge in touched) and all(
            any(_covers(own, noted) for own in hidden) for noted in hides
        )

    def obliges(self, other: "Notes") -> bool:
        """Return whether the same is owed to each document, or done around it, as *other* says of the same prompt."""
        asked = {_name(edge): _asked(edge) for edge in self.edges}
        return all(_asked(edge) <= asked.get(_name(edge), frozenset()) for edge in other.edges)

    @property
    def masked(self) -> bool:
        """Whether any text was rewritten."""
        return any(edge.state is ChunkState.MASKED for edge in self.edges) or any(
            noted.action in HIDING for noted in self.findings
        )


class Recorder:
    """Gathers what happens in one run and hands it to the log.

    The intent, with every chunk, decision and finding of the prompt, is durable when `admit` returns: only then may a
    provider be called. A run refused before that leaves intent and outcome in one transaction. Leaving the block
    appends the outcome: COMPLETE, also for a refusal; FAIL for an error; ABORT when the caller left. The hand-over
    does not await, so a cancelled caller cannot lose it.
    """

    def __init__(
        self, writer: Writer, request: ChatRequest, principal: Principal, content: Content, policy: str
    ) -> None:
        self.id = new_id()
        self.policy = policy
        self.prompt = Notes()
        self.answer = Notes()
        self.attempts: list[Attempt] = []
        self.cited: dict[tuple[str, str], str] = {}
        """By source and document, of each chunk that is credited because a rule says so: what is told of it."""
        self.receipt: Receipt | None = None
        self._writer = writer
        self.request = request
        self._sent: ChatRequest | None = None
        self._principal = principal
        self._content = content
        self._admitted = False
        self._released: dict[tuple[int, str], list[str]] = {}
        self._added: dict[tuple[int, str], str] = {}
        self._destinations: tuple[Facts, ...] = ()
        self._tools: dict[str, None] = {}
        self._finish_reasons: list[str] = []
        self._usage: Usage | None = None
        self._model = ""
        self._started = time.monotonic()
        self._first_delta: float | None = None

    async def __aenter__(self) -> Self:
        if not self._writer.healthy:
            raise LineageUnavailable("The lineage record cannot be written; nothing was sent to a provider.")
        return self

    def bound_for(self, destinations: Sequence[Facts]) -> None:
        """Remember what rules read of the *destinations*, the one that is asked first and its fallbacks."""
        self._destinations = tuple(destinations)

    async def admit(self, provider: str, region: str, sent: ChatRequest, fallbacks: tuple[str, ...] = ()) -> None:
        """Return when the intent to send *sent* to *provider* is on disk.

        Raises `LineageUnavailable` when it cannot be.
        """
        self._sent = sent
        intent = self._event(RunState.START, self._intent(provider, region, fallbacks))
        self.receipt = await self._writer.append([intent])
        self._admitted = True

    def retrieved(self, chunks: Sequence[Chunk]) -> None:
        """Remember those of all *chunks* found that nothing was decided about: the prompt was refused before."""
        noted = {_place(edge.chunk) for edge in self.prompt.edges}
        undecided = Decision(Target.CHUNK, Effect.ALLOW, policy=self.policy)
        fresh = [chunk for chunk in chunks if _place(chunk) not in noted]
        self.prompt.edges += [Edge(chunk, ChunkState.RETRIEVED, undecided) for chunk in fresh]

    def release(self, delta: Delta) -> None:
        """Remember what *delta* tells the caller."""
        if self._first_delta is None:
            self._first_delta = time.monotonic()
        dialect = self.request.dialect
        for fragment in dialect.fragments(delta):
            if not (fragment.is_key or fragment.says_again(self._released)):
                self._released.setdefault(fragment.channel, []).append(fragment.text)
            if fragment.names_tool and len(self._tools) < TOOLS_MAX:
                self._tools[fragment.text[:TOOL_NAME_MAX]] = None
        said = dialect.said(delta.raw)
        self._finish_reasons += said.finish_reasons
        self._model = self._model or said.model
        if said.usage:
            self._usage = said.usage.over(self._usage)

    def add(self, channel: tuple[int, str], text: str) -> None:
        """Remember that the gateway itself adds *text* to a *channel* of the answer."""
        self._added[channel] = self._added.get(channel, "") + text

    @property
    def said(self) -> list[str]:
        """The texts of the answer so far, as they were judged, with what was added."""
        texts = ["".join(parts) + self._added.get(channel, "") for channel, parts in self._released.items()]
        return texts + [text for channel, text in self._added.items() if channel not in self._released]

    @property
    def judged(self) -> list[str]:
        """The texts of the answer so far, without what was added."""
        return [*self.channels.values()]

    @property
    def channels(self) -> Mapping[tuple[int, str], str]:
        """The same by channel: which part of the answer, and what of it."""
        return {channel: "".join(parts) for channel, parts in self._released.items()}

    @property
    def decision(self) -> str:
        """What policies did so far, as in `x-lineward-decision`."""
        dropped = sum(edge.state is ChunkState.DROPPED for edge in self.prompt.edges)
        masked = self.prompt.masked or self.answer.masked
        routed = any(attempt.outcome == "routed" for attempt in self.attempts)
        parts = ["routed"] * routed + ["masked"] * masked + [f"dropped:{dropped}"] * bool(dropped)
        parts += [f"cited:{len(self.cited)}"] * bool(self.cited)
        return ",".join(parts) or "allow"

    @property
    def lineage(self) -> Object:
        """What fed the answer and what was decided so far, for the caller: no content."""
        spoken = {hit.rule: hit for decision in self._decisions() for hit in decision.enforced}
        return {
            "response_id": self.id,
            "decision": self.decision,
            "policy": self.policy,
            "chunks": [_chunk(edge, self.cited) for edge in self.prompt.edges],
            "rules": [
                {
                    "id": hit.rule,
                    "effect": hit.effect,
                    "reason": hit.reason,
                    **({"owner": hit.owner} if hit.owner else {}),
                }
                for hit in spoken.values()
            ],
            "findings": [
                {"entity": entity, "where": where, "action": action, "count": count}
                for (entity, where, action), count in self._counted().items()
            ],
        }

    def _decisions(self) -> list[Decision]:
        of_chunks = [edge.decision for edge in self.prompt.edges]
        passed = [attempt.decision for attempt in self.attempts if attempt.decision]
        return [*passed, *self.prompt.decisions, *of_chunks, *self.answer.decisions]

    def _counted(self) -> Counter[tuple[str, str, str]]:
        noted = [*self.prompt.findings, *self.answer.findings]
        return Counter((found.entity, str(found.where), found.action) for found in noted)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, GatewayError):
            error.response_id = self.id
        state = _state(error)
        events = [self._event(state, self._outcome(error))]
        if not self._admitted:
            if isinstance(error, LineageUnavailable):
                log.error("run %s was refused: its intent cannot be written", self.id)
                return
            events.insert(0, self._event(RunState.START, self._intent("", "", ())))
        written = self._writer.append(events, terminal=True)
        if state is RunState.ABORT:
            return
        try:
            async with asyncio.timeout(OUTCOME_PATIENCE):
                receipt = await asyncio.shield(written)
        except TimeoutError:
            log.error("run %s: its outcome is not durable yet", self.id)
            failure = LineageUnavailable("The outcome could not be recorded in time; the answer is withheld.")
            failure.response_id = self.id
            raise failure from error
        self.receipt = self.receipt or receipt
        if isinstance(error, GatewayError):
            error.receipt = str(self.receipt)

    def _event(self, state: RunState, body: Intent | Outcome) -> RunEvent:
        return RunEvent(run=self.id, state=state, body=body, tenant=self._principal.tenant)

    def _intent(self, provider: str, region: str, fallbacks: tuple[str, ...]) -> Intent:
        question = self._sent.question if self._sent else ""
        stretches = self._sent.stretches() if self._sent else []
        form = self._shape(stretches)
        named = digest(form) if form else ""
        return Intent(
            principal=self._principal,
            model=self.request.model,
            provider=provider,
            region=region,
            stream=self.request.stream,
            request=self.request.digest,
            edges=tuple(self.prompt.edges if self._sent else map(_unsent, self.prompt.edges)),
            findings=tuple(self.prompt.findings),
            decisions=tuple(self.prompt.decisions),
            manifest=tuple(stretch.segment for stretch in stretches),
            policy=self.policy,
            content=self._prompt_content(stretches) | ({named: form} if named else {}),
            question=digest(question) if question else "",
            trace_id=self.request.trace_id,
            fallbacks=fallbacks,
            destinations=self._destinations,
            attempts=tuple(self.attempts),
            dialect=self.request.dialect.name,
            shape=named,
            conversation=self.request.conversation,
            replays=self.request.replays,
            continues=self.request.follows[-1] if self.request.follows else "",
        )

    def _prompt_content(self, stretches: Sequence[Stretch]) -> dict[str, str]:
        """Return the texts of the prompt that may be kept; chunks are kept with their documents.

        Of a prompt that never left only `full` keeps anything: it was not masked. Of one that left, *stretches* are
        kept, so that it can be put together again byte for byte.
        """
        kept = self.request if self._content is Content.FULL else self._sent
        if kept is None or self._content is Content.DIGESTS:
            return {}
        texts = {stretch.segment.digest: _text(stretch.data) for stretch in stretches if not stretch.is_kept}
        if self._content is Content.FULL:
            texts |= {digest(text.value): text.value for text in kept.texts}
        if kept.question:
            texts[digest(kept.question)] = kept.question
        return texts

    def _shape(self, stretches: Sequence[Stretch]) -> str:
        """Return the shape of the prompt that left, if texts may be kept."""
        if self._sent is None or self._content is Content.DIGESTS:
            return ""
        texts: dict[str, bytes] = {}
        for stretch in stretches:
            texts[stretch.segment.path] = texts.get(stretch.segment.path, b"") + stretch.data
        return shape(self._sent.raw, [_text(data) for data in texts.values()])

    def _outcome(self, error: BaseException | None) -> Outcome:
        answer = "\n".join(self.said)
        released = digest(answer) if self._released else None
        kept = {released: answer} if released and self._content is not Content.DIGESTS else {}
        last = self.attempts[-1] if self.attempts else None
        return Outcome(
            decision="denied" if isinstance(error, PolicyViolation) else self.decision,
            error=_code(error),
            reason=_reason(error),
            released=released,
            provider=last.provider if last and last.outcome == "answered" else "",
            model=self._model,
            attempts=tuple(self.attempts),
            finish_reasons=tuple(self._finish_reasons),
            usage=self._usage,
            findings=tuple(self.answer.findings),
            decisions=tuple(self.answer.decisions),
            tool_calls=tuple(self._tools),
            content=kept,
            first_delta_ms=_ms(self._first_delta - self._started) if self._first_delta else None,
            total_ms=_ms(time.monotonic() - self._started),
        )


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


def _chunk(edge: Edge, cited: Mapping[tuple[str, str], str]) -> Object:
    chunk = edge.chunk
    credit = cited.get((str(chunk.source), chunk.document))
    told: Object = {
        "document": chunk.document,
        "source": str(chunk.source),
        "version": chunk.version,
        "chunk": chunk.digest,
        "ordinal": chunk.ordinal,
        "how": chunk.how,
        "state": edge.state,
        "rank": chunk.rank,
    }
    if credit is not None:
        told |= {"cited": True, "credit": credit}
    if edge.state is ChunkState.DROPPED:
        told["remedy"] = edge.decision.remedy
    optional: Object = {"title": chunk.title, "url": chunk.url, "score": chunk.score, "rule": edge.rule}
    return told | {name: value for name, value in optional.items() if value is not None}


def _name(edge: Edge) -> tuple[str, str, Digest, Path]:
    return _place(edge.chunk)


def _place(chunk: Chunk) -> tuple[str, str, Digest, Path]:
    return str(chunk.source), chunk.document, chunk.digest, chunk.path


def _asked(edge: Edge) -> frozenset[Effect]:
    """Return what rules ask for beside hiding something: credit, and marks around it."""
    return frozenset(hit.effect for hit in edge.decision.enforced) & {Effect.CITE, Effect.FENCE}


def _covers(own: Noted, other: Noted) -> bool:
    """Return whether what is hidden as *own* says hides what *other* wants hidden, at least as strictly."""
    within = own.place == other.place and own.start <= other.start and other.end <= own.end
    return within and Effect(own.action).severity <= Effect(other.action).severity


def _unsent(edge: Edge) -> Edge:
    """Return *edge* of a prompt that never left: what was to be sent was only found."""
    return edge if edge.state is ChunkState.DROPPED else replace(edge, state=ChunkState.RETRIEVED)


def _state(error: BaseException | None) -> RunState:
    if error is None or isinstance(error, PolicyViolation):
        return RunState.COMPLETE
    if isinstance(error, GeneratorExit | asyncio.CancelledError):
        return RunState.ABORT
    return RunState.FAIL


def _reason(error: BaseException | None) -> str:
    """Return the sentence of *error*, and what can be done about a refusal."""
    if isinstance(error, PolicyViolation) and error.decision and error.decision.remedy:
        return f"{error.message} {error.decision.remedy}"
    return error.message if isinstance(error, GatewayError) else ""


def _code(error: BaseException | None) -> str:
    if isinstance(error, GatewayError):
        return error.code
    if error is None:
        return ""
    return "client_left" if _state(error) is RunState.ABORT else "internal_error"


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
