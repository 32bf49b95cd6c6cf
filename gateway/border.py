"""The policies, as one request asks them: at each border the same question, and each answer noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.domain.chat import ChatRequest, Text
from gateway.domain.decisions import HIDING, Decision, Effect, Target, Use
from gateway.domain.documents import Chunk, ChunkState
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding, Where, distinct
from gateway.domain.json import Path, place
from gateway.domain.runs import Edge
from gateway.jsonstrings import substituted
from gateway.lineage.recorder import Notes
from gateway.policy.engine import PolicySet
from gateway.policy.uses import chunk_facts, finding_facts, prompt_facts, request_facts
from gateway.pseudonyms import Pseudonyms
from gateway.redaction import refusal


@dataclass(frozen=True, slots=True)
class Material:
    """What would go to a provider, with what the detectors found in it."""

    request: ChatRequest
    texts: Sequence[Text]
    text_findings: Sequence[Sequence[Finding]]
    """Findings of each of *texts*."""
    chunks: Sequence[Chunk]
    chunk_findings: Sequence[Sequence[Finding]]
    """Findings of each chunk's text."""
    heading_findings: Sequence[Sequence[Finding]]
    """Findings of each chunk's heading."""


@dataclass(frozen=True, slots=True)
class Border:
    """One policy set, one caller, one destination: what may cross."""

    policies: PolicySet
    user: Facts
    tenant: str
    dest: Facts
    notes: Notes
    """Where every decision and finding about the prompt is written down."""
    pseudonyms: Pseudonyms
    """The tokens that stand for values of this request, wherever its prompt goes."""

    def request(self, request: ChatRequest) -> None:
        """Raise `PolicyViolation` when the request may not be made at all."""
        decision = self._decide(Target.REQUEST, request_facts(request))
        self._refuse_or_note(decision)

    def prompt(self, material: Material) -> ChatRequest:
        """Return the prompt that may leave: allowed chunks in it, masked where that is asked.

        Raises `PolicyViolation` when a rule refuses the prompt, or the request for a chunk's sake.
        """
        # The caller's own texts first: a history that comes again then has the same tokens again.
        changes = self._texts(material.texts, material.text_findings)
        used = self._context(material)
        entities = [finding for found in material.text_findings for finding in found]
        self._refuse_or_note(self._decide(Target.PROMPT, prompt_facts(entities, used)))
        return material.request.with_texts(changes).with_context(used)

    def _context(self, material: Material) -> list[Chunk]:
        """Return what may be used of the chunks, masked where that is asked; every chunk gets its edge."""
        used: list[Chunk] = []
        denied: tuple[Chunk, Decision] | None = None
        findings = zip(material.chunk_findings, material.heading_findings, strict=True)
        for chunk, (inside, above) in zip(material.chunks, findings, strict=True):
            decision = self._decide(Target.CHUNK, chunk_facts(chunk, self.tenant))
            if decision.effect is Effect.DENY and denied is None:
                denied = chunk, decision
            state, judged, decision = self._chunk(chunk, inside, above, decision)
            self.notes.edges.append(Edge(chunk, state, decision))
            if state is not ChunkState.DROPPED:
                used.append(judged)
        if denied:
            raise refusal(denied[1], param=place(denied[0].path) or None)
        return used

    def _chunk(
        self, chunk: Chunk, inside: Sequence[Finding], above: Sequence[Finding], decision: Decision
    ) -> tuple[ChunkState, Chunk, Decision]:
        """Return what becomes of one chunk, the chunk as it may be sent, and the decision that made it so."""
        if not decision.allowed:
            return ChunkState.DROPPED, chunk, decision
        if not (inside or above):
            return ChunkState.SENT, chunk, decision
        everything = decision.effect in HIDING
        worst, text = self._hidden(chunk, chunk.text, inside, decision, everything=everything)
        worst, heading = self._hidden(chunk, chunk.heading, above, worst, everything=everything)
        if not worst.allowed:
            return ChunkState.DROPPED, chunk, worst
        if (text, heading) == (chunk.text, chunk.heading):
            return ChunkState.SENT, chunk, decision
        judged = replace(chunk, text=text, title=heading, masked=text != chunk.text)
        return ChunkState.MASKED, judged, decision if everything else worst

    def _hidden(
        self, chunk: Chunk, text: str, findings: Sequence[Finding], worst: Decision, *, everything: bool
    ) -> tuple[Decision, str]:
        """Return the most restrictive of *worst* and the decisions about *findings*, and *text* masked as they ask."""
        hidden: dict[Finding, Effect] = {}
        for finding in distinct(findings):
            judged = self.finding(finding, Where.CHUNK, "chunk")
            self.notes.found(finding, Where.CHUNK, chunk.document, judged)
            if everything or judged.effect in HIDING:
                hidden[finding] = Effect.MASK if everything else judged.effect
            if judged.effect.severity < worst.effect.severity:
                worst = judged
        return worst, self._without(text, hidden)

    def _texts(self, texts: Sequence[Text], findings: Sequence[Sequence[Finding]]) -> dict[Path, str]:
        """Return the texts that must be exchanged before the prompt may leave."""
        changes: dict[Path, str] = {}
        for text, found in zip(texts, findings, strict=True):
            if found:
                self._text(text, distinct(found), changes)
        return changes

    def _text(self, text: Text, findings: Sequence[Finding], changes: dict[Path, str]) -> None:
        at = place(text.path)
        hidden: dict[Finding, Effect] = {}
        for finding in findings:
            decision = self.finding(finding, Where.PROMPT, text.kind)
            self.notes.found(finding, Where.PROMPT, at, decision)
            if not decision.allowed:
                raise refusal(decision, findings=findings, param=at)
            if decision.effect in HIDING:
                hidden[finding] = decision.effect
        if hidden:
            changes[text.path] = self._without(text.value, hidden, is_json=text.is_json)

    def _without(self, text: str, hidden: Mapping[Finding, Effect], *, is_json: bool = False) -> str:
        """Return *text* with each of *hidden* as its effect wants it: a mask, or a token that can be restored."""

        def substitute(finding: Finding, value: str) -> str:
            reversible = hidden[finding] is Effect.PSEUDONYMISE
            return self.pseudonyms.token(finding.entity, value) if reversible else f"<{finding.entity}>"

        return substituted(text, list(hidden), substitute, is_json=is_json)

    def finding(self, finding: Finding, where: Where, carrier: str) -> Decision:
        """Return what is to be done about *finding* in a text of the kind *carrier*."""
        return self._decide(Target.FINDING, finding_facts(finding, where, carrier))

    def _decide(self, target: Target, subject: Facts) -> Decision:
        return self.policies.decide(Use(target, subject, self.user, self.dest))

    def _refuse_or_note(self, decision: Decision) -> None:
        self.notes.decided(decision)
        if not decision.allowed:
            raise refusal(decision)
