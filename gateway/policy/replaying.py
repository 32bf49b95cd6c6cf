"""What a policy set says of one recorded response: the uses of its journey again, each with the facts of its record.

No model is asked, no text is read, nothing is searched or detected again. So a verdict is about what was found then:
- A finding in a document is known by the document's name: where several chunks of one document are in a prompt, what
  it does to one it does to all of them.
- Of overlapping findings the record holds the one that the decision was about.
- Of a response that was refused, nothing is known that came after the refusal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.decisions import REFUSING, Decision, Effect, Target, Use
from gateway.domain.documents import Chunk, How
from gateway.domain.facts import NONE, Facts, shared
from gateway.domain.findings import Where
from gateway.domain.records import Recorded
from gateway.domain.runs import Noted
from gateway.policy.uses import (
    chunk_facts,
    context_facts,
    finding_facts,
    prompt_facts,
    request_facts,
    response_facts,
    tool_call_facts,
)

BROUGHT = (How.RETRIEVED, How.DECLARED)
"""Ways on which a chunk's own text is put into the prompt; of the others it may only be known that they took part."""

FAILED = ("failed", "refused")
"""What became of destinations that were asked and gave no answer."""

_ANSWER = 1 << 40
_CHUNKS = 1 << 44
"""From where on the findings of the answer, and those of each chunk, are counted, so that each has a place of its own
whatever else was judged."""


class Rules(Protocol):
    """Decides about uses."""

    def ruling(self, use: Use, at: datetime | None = None, *, early: bool = False) -> Decision:
        """Return what holds for *use* *at* that moment; *early*, before an answer is there."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What one decision was about."""

    target: Target
    about: str = ""
    """A document, an entity, a tool; empty for request, prompt and response."""
    place: int = 0
    """Tells subjects of the same name apart: the position among the chunks or findings."""
    source: str = ""
    """The source of a chunk, `namespace/name`."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was decided about a subject."""

    effect: Effect
    rule: str = ""
    """The rule that gave the effect; empty for `allow`."""

    @classmethod
    def of(cls, decision: Decision) -> "Ruling":
        """Return what *decision* comes to."""
        return cls(decision.effect, decision.winner.rule) if decision.winner else _ALLOWED[decision.effect]


_ALLOWED = {effect: Ruling(effect) for effect in Effect}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy set makes of a response at one destination."""

    rulings: dict[Subject, Ruling]
    """Of every subject up to a refusal, in the order of the journey."""
    dropped: frozenset[Subject]
    """The chunks that are left out."""
    refused: Subject | None = None
    """For whose sake the whole request or its answer is refused."""

    @property
    def routed(self) -> frozenset[Subject]:
        """What a rule sends to another destination."""
        return frozenset(subject for subject, ruling in self.rulings.items() if ruling.effect is Effect.ROUTE)


@dataclass(frozen=True, slots=True)
class Replay:
    """One recorded response, ready to be judged by any policy set."""

    recorded: Recorded

    @property
    def route(self) -> Sequence[Facts]:
        """Where it could go, in order; without those that were asked and failed."""
        intent, outcome = self.recorded.intent, self.recorded.outcome
        known = list(intent.destinations) or [_told(intent.provider, intent.region)]
        failed = [(a.provider, a.model) for a in outcome.attempts if a.outcome in FAILED] if outcome else []
        return [dest for dest in known if _name(dest) not in failed] or known

    @property
    def went(self) -> Facts:
        """Where the answer came from; without one, where the prompt would have gone first."""
        outcome = self.recorded.outcome
        answered = [(a.provider, a.model) for a in outcome.attempts if a.outcome == "answered"] if outcome else []
        route = self.route
        return next((dest for dest in route if _name(dest) in answered), route[0])

    def stays(self, verdict: Verdict) -> bool:
        """Return whether it would stay where it went under any set that has this *verdict* there."""
        route = self.route
        return len(route) == 1 or (verdict.refused is None and _name(route[0]) == _name(self.went))

    def judged(self, policies: Rules, dest: Facts) -> Verdict:
        """Return what *policies* say of the response, had it gone to *dest*, at the time when it was asked for."""
        judging = _Judging(policies, self.recorded, dest)
        refused = next(judging.refusals(), None)
        return Verdict(judging.rulings, frozenset(judging.dropped), refused)


class _Judging:
    """One policy set's way through one response."""

    def __init__(self, policies: Rules, recorded: Recorded, dest: Facts) -> None:
        self.rulings: dict[Subject, Ruling] = {}
        self.dropped: set[Subject] = set()
        self._refusing: list[Subject] = []
        self._policies = policies
        self._recorded = recorded
        self._user = shared(recorded.intent.principal.facts)
        self._dest = shared(dest)

    def refusals(self) -> Iterator[Subject]:
        """Yield each subject that refuses the whole; the journey goes on only for who asks for the next one."""
        intent, outcome = self._recorded.intent, self._recorded.outcome
        yield from self._whole(Target.REQUEST, request_facts(intent))
        yield from self._findings([found for found in intent.findings if found.where is not Where.CHUNK], 0, NONE)
        used = [*self._chunks()]
        yield from self._refusing
        yield from self._whole(Target.PROMPT, prompt_facts(self._in_texts(), used))
        if outcome is None or not (outcome.released or outcome.findings):
            yield from self._whole(Target.RESPONSE, response_facts((), used), early=True)
            return
        yield from self._findings(outcome.findings, _ANSWER, context_facts(used))
        yield from self._whole(Target.RESPONSE, response_facts(outcome.findings, used))
        for name in outcome.tool_calls:
            yield from self._whole(Target.TOOL_CALL, tool_call_facts(name, used), name)

    def _decide(self, target: Target, facts: Facts, *, early: bool = False) -> Ruling:
        use = Use(target, facts, self._user, self._dest)
        return Ruling.of(self._policies.ruling(use, self._recorded.at, early=early))

    def _whole(self, target: Target, facts: Facts, about: str = "", *, early: bool = False) -> Iterator[Subject]:
        subject = Subject(target, about)
        self.rulings[subject] = ruling = self._decide(target, facts, early=early)
        if ruling.effect in REFUSING:
            yield subject

    def _findings(self, findings: Sequence[Noted], first: int, context: Facts) -> Iterator[Subject]:
        """Judge what stands in a text itself, which *context* fed: one that may not pass refuses it."""
        for place, found in enumerate(findings, first):
            subject = Subject(Target.FINDING, found.entity, place)
            self.rulings[subject] = ruling = self._found(found, context)
            if ruling.effect in REFUSING:
                yield subject

    def _found(self, found: Noted, context: Facts = NONE) -> Ruling:
        return self._decide(Target.FINDING, finding_facts(found, found.where, found.carrier, context))

    def _chunks(self) -> Iterator[Chunk]:
        """Judge the chunks with what was found in them; yield those that are used."""
        found: dict[str, list[Noted]] = {}
        for one in self._recorded.intent.findings:
            if one.where is Where.CHUNK:
                found.setdefault(one.place, []).append(one)
        for position, edge in enumerate(self._recorded.intent.edges):
            chunk = edge.chunk
            subject = Subject(Target.CHUNK, chunk.document, position, str(chunk.source))
            self.rulings[subject] = ruling = self._decide(Target.CHUNK, chunk_facts(chunk, self._recorded.tenant))
            inside = [(Subject(Target.FINDING, one.entity, at, subject.source), self._found(one))
                      for at, one in enumerate(found.get(chunk.document, ()), _CHUNKS * (position + 1))]  # fmt: skip
            worst = min((ruling, *(each for _, each in inside)), key=_severity) if inside else ruling
            if worst.effect in REFUSING:
                self.rulings[subject] = worst
                self.dropped.add(subject)
                if _refuses(ruling, chunk):
                    self._refusing.append(subject)
            else:
                self.rulings |= inside
                yield chunk

    def _in_texts(self) -> list[Noted]:
        """Return what was found in the request's texts, those of pasted chunks among them."""
        pasted = {edge.chunk.document for edge in self._recorded.intent.edges if edge.chunk.path}
        return [
            found for found in self._recorded.intent.findings
            if found.where is not Where.CHUNK or found.place in pasted
        ]  # fmt: skip


def _severity(ruling: Ruling) -> int:
    return ruling.effect.severity


def _refuses(ruling: Ruling, chunk: Chunk) -> bool:
    """Return whether *ruling* refuses the whole: by `deny`, or since *chunk* cannot be left out any more."""
    took_part = chunk.how not in BROUGHT and not chunk.path
    return ruling.effect is Effect.DENY or (took_part and ruling.effect in REFUSING)


def _name(dest: Facts) -> tuple[str, str]:
    return str(dest.get("provider", "")), str(dest.get("model", ""))


def _told(provider: str, region: str) -> Facts:
    """Return what an older record tells of where a prompt went."""
    return Facts(provider=provider, region=region) if region else Facts(provider=provider)
