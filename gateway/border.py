"""The policies, as one request asks them: at each border the same question, and each answer noted."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.domain.chat import ChatRequest, Text
from gateway.domain.decisions import HIDING, Decision, Effect, Target, Use
from gateway.domain.documents import Chunk, ChunkState
from gateway.domain.facts import NONE, Facts
from gateway.domain.findings import Finding, Where
from gateway.domain.json import JSON, Path, place
from gateway.domain.runs import Edge
from gateway.fencing import fenced, is_fenced, marked, shifted, takes_marks, unmarked
from gateway.hashing import Hashing
from gateway.jsonstrings import substituted
from gateway.lineage.recorder import Notes
from gateway.pasted import NOTICE, Pasted, by_path, rewritten
from gateway.policy.engine import PolicySet
from gateway.policy.uses import chunk_facts, finding_facts, prompt_facts, request_facts, response_facts
from gateway.pseudonyms import Pseudonyms
from gateway.redaction import at_least, mask, refusal, settled


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
    absent: Sequence[Finding] = ()
    """What was declared to stand in the texts and does not."""


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
    hashing: Hashing | None = None
    """Writes what a value becomes that is hashed; without it such a value is masked."""
    here: Callable[[str], bool] = lambda _: False
    """Returns whether a rule that routes to that model or provider means this destination."""
    nonce: str = ""
    """What the marks around strangers' texts name: something that nobody knew before the request."""
    replayed: str = ""
    """The nonce of the marks that the prompt has already, if it is one that was asked before."""
    whole: Decision | None = None
    """What is done to every finding in the prompt at least."""

    def request(self, request: ChatRequest) -> None:
        """Raise `PolicyViolation` when the request may not be made at all."""
        decision = self._decide(Target.REQUEST, request_facts(request))
        self._refuse_or_note(decision)

    def prompt(self, material: Material) -> ChatRequest:
        """Return the prompt that may leave: allowed chunks in it, masked where that is asked.

        Raises `PolicyViolation` when a rule refuses the prompt, or the request for a chunk's sake, or whatever answer
        such a context feeds: then nobody need be asked.
        """
        mark = self.notes.mark
        prompt, decision = self._prompt(material)
        if decision.effect in HIDING:  # which is known only when it is known what stands in the prompt
            self.notes.back_to(mark)
            prompt, _ = replace(self, whole=decision)._prompt(material)
        return prompt

    def _prompt(self, material: Material) -> tuple[ChatRequest, Decision]:
        """Return the prompt that may leave, and the decision about it. Raises what `prompt` does."""
        pasted = [Pasted(chunk, self._of_chunk(chunk)) for chunk in material.chunks if chunk.in_place]
        # The caller's own texts first: a history that comes again then has the same tokens again.
        changes = self._texts(material, by_path(pasted))
        if any(is_fenced(one.decision) for one in pasted):
            self._fence(material, by_path(pasted), changes)
        used = self._pasted(material, pasted, changes) + self._context(material)
        for finding in material.absent:
            decision = self.finding(finding, Where.PROMPT, "context")
            self.notes.found(finding, Where.PROMPT, "lineward.context", decision, "context")
            if not decision.allowed:
                raise refusal(decision, findings=material.absent, param="lineward.context")
        entities = [finding for found in material.text_findings for finding in found]
        decision = self._decide(Target.PROMPT, prompt_facts(entities, used))
        self._refuse_or_note(decision)
        if Target.RESPONSE in self.policies.speaks_of:
            self._refuse_or_note(self.response(response_facts((), used), early=True))
        return material.request.with_texts(changes).with_context(used), decision

    def _of_chunk(self, chunk: Chunk) -> Decision:
        return self._decide(Target.CHUNK, chunk_facts(chunk, self.tenant))

    def _fence(self, material: Material, pasted: Mapping[Path, list[Pasted]], changes: dict[Path, JSON]) -> None:
        """Put marks around those of *pasted* that rules want between some, where that can be done."""
        texts = {text.path: text for text in material.texts}
        for path, here in pasted.items():
            text = texts.get(path)
            value = changes.get(path, text.value if text else None)
            if text is None or not isinstance(value, str) or not takes_marks(text):
                for one in here:
                    one.decision = one.decision.undone(Effect.FENCE)
                continue
            whole = ((0, len(value)),)
            stay = [one for one in here if one.state is not ChunkState.DROPPED]
            spans = [span for one in stay if is_fenced(one.decision) for span in one.spans or whole]
            spans = unmarked(value, spans, self.replayed)
            if not spans:
                continue
            changes[path], inserted = marked(value, spans, self.nonce)
            for one in stay:
                one.spans = tuple(shifted(span, inserted) for span in one.spans or whole)

    def _pasted(self, material: Material, pasted: Sequence[Pasted], changes: dict[Path, JSON]) -> list[Chunk]:
        """Return the chunks that stand in the request and may stay; the others are taken out of it, block by block."""
        self.notes.edges += [Edge(one.chunk, one.state, one.decision) for one in pasted]
        for one in pasted:
            if one.decision.effect is Effect.DENY and one.decision.target is Target.CHUNK:
                raise refusal(one.decision, param=place(one.chunk.path) or None)
        for block in {one.chunk.block for one in pasted if one.state is ChunkState.DROPPED and one.chunk.block}:
            for path in [path for path in changes if path[: len(block)] == block]:
                del changes[path]
            changes[block] = material.request.withheld(block, NOTICE)
        stay = [one for one in pasted if one.state is not ChunkState.DROPPED]
        return [replace(one.chunk, spans=one.spans, masked=one.is_masked) for one in stay]

    def _context(self, material: Material) -> list[Chunk]:
        """Return what may be used of the chunks, masked where that is asked; every chunk gets its edge."""
        used: list[Chunk] = []
        denied: tuple[Chunk, Decision] | None = None
        findings = zip(material.chunk_findings, material.heading_findings, strict=True)
        for chunk, (inside, above) in zip(material.chunks, findings, strict=True):
            if chunk.in_place:
                continue
            decision = self._of_chunk(chunk)
            if not chunk.is_brought:
                # It only took part: what it fed cannot be told from the rest of the conversation any more.
                self.notes.edges.append(Edge(chunk, ChunkState.RETRIEVED, decision.undone(Effect.FENCE)))
                denied = denied or (None if decision.allowed else (chunk, decision))
                used.append(chunk)
                continue
            if decision.effect is Effect.DENY and denied is None:
                denied = chunk, decision
            state, judged, decision = self._chunk(chunk, inside, above, decision)
            self.notes.edges.append(Edge(chunk, state, decision))
            if state is not ChunkState.DROPPED:
                used.append(fenced(judged, self.nonce) if is_fenced(decision) else judged)
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
        worst, text = self._hidden(chunk, chunk.text, inside, decision, decision)
        worst, heading = self._hidden(chunk, chunk.heading, above, decision, worst)
        if not worst.allowed:
            return ChunkState.DROPPED, chunk, worst
        if (text, heading) == (chunk.text, chunk.heading):
            return ChunkState.SENT, chunk, decision
        judged = replace(chunk, text=text, title=heading, masked=text != chunk.text)
        return ChunkState.MASKED, judged, worst.beside(decision)

    def _hidden(
        self, chunk: Chunk, text: str, findings: Sequence[Finding], decision: Decision, worst: Decision
    ) -> tuple[Decision, str]:
        """Return the most restrictive of *worst* and the decisions about *findings*, and *text* masked as they ask.

        *decision* is the one about the chunk.
        """

        def decide(finding: Finding) -> Decision:
            return at_least(self.finding(finding, Where.CHUNK, "chunk"), decision, self.whole)

        decided = settled(findings, decide)
        for finding, judged in decided:
            self.notes.found(finding, Where.CHUNK, chunk.document, judged, "chunk")
            if judged.effect.severity < worst.effect.severity:
                worst = judged
        return worst, self._without(text, {one: judged.effect for one, judged in decided if judged.effect in HIDING})

    def _texts(self, material: Material, pasted: Mapping[Path, list[Pasted]]) -> dict[Path, JSON]:
        """Return the texts that must be exchanged before the prompt may leave."""
        changes: dict[Path, JSON] = {}
        masks = self._masks(material)
        for text, found in zip(material.texts, material.text_findings, strict=True):
            here = pasted.get(text.path, ())
            if found or here:
                self._text(text, found, here, [*masks.get(text.path, ()), *masks.get((), ())], changes)
        return changes

    def _masks(self, material: Material) -> dict[Path, list[Decision]]:
        """Return what is to be done to each text because of the chunks that only took part in it.

        Their own text cannot be told from the rest of it. Where they took part in no text that is known, it is done to
        every one, under the empty path.
        """
        masks: dict[Path, list[Decision]] = {}
        for chunk in material.chunks:
            if not chunk.is_brought and not chunk.in_place:
                decision = self._of_chunk(chunk)
                if decision.effect in HIDING:
                    masks.setdefault(chunk.path, []).append(decision)
        return masks

    def _text(
        self,
        text: Text,
        findings: Sequence[Finding],
        pasted: Sequence[Pasted],
        masks: Sequence[Decision],
        changes: dict[Path, JSON],
    ) -> None:
        at = place(text.path)

        def within(finding: Finding) -> Pasted | None:
            return next((one for one in pasted if one.holds(finding)), None)

        def decide(finding: Finding) -> Decision:
            chunk = within(finding)
            where, carrier = (Where.CHUNK, "chunk") if chunk else (Where.PROMPT, text.kind)
            return at_least(self.finding(finding, where, carrier), chunk.whole if chunk else None, self.whole, *masks)

        decided = settled(findings, decide)
        hidden: dict[Finding, Effect] = {}
        for finding, decision in decided:
            chunk = within(finding)
            if chunk:
                self.notes.found(finding, Where.CHUNK, chunk.chunk.document, decision, "chunk")
                chunk.found(decision)
            else:
                self.notes.found(finding, Where.PROMPT, at, decision, text.kind)
                if not decision.allowed:
                    raise refusal(decision, findings=[one for one, _ in decided], param=at)
            if decision.effect in HIDING:
                hidden[finding] = decision.effect
        if hidden or any(one.state is ChunkState.DROPPED for one in pasted):
            changes[text.path] = rewritten(text, hidden, pasted, self._write(hidden))

    def _without(self, text: str, hidden: Mapping[Finding, Effect]) -> str:
        """Return *text* with each of *hidden* as its effect wants it."""
        return substituted(text, list(hidden), self._write(hidden))

    def _write(self, hidden: Mapping[Finding, Effect]) -> Callable[[Finding, str], str]:
        """Return what writes each of *hidden* as its effect wants it: a mask, a hash, or a token that is restored."""

        def write(finding: Finding, value: str) -> str:
            effect = hidden[finding]
            if effect is Effect.PSEUDONYMISE:
                return self.pseudonyms.token(finding.entity, value)
            if effect is Effect.HASH and self.hashing:
                return self.hashing.token(self.tenant, finding.entity, value)
            return mask(finding, value)

        return write

    def finding(self, finding: Finding, where: Where, carrier: str, context: Facts = NONE) -> Decision:
        """Return what is to be done about *finding* in a text of the kind *carrier* that *context* fed."""
        return self._decide(Target.FINDING, finding_facts(finding, where, carrier, context))

    def response(self, facts: Facts, *, early: bool) -> Decision:
        """Return what is to be done about the answer; *early*, as far as what stands in it plays no part."""
        return self.policies.decide(Use(Target.RESPONSE, facts, self.user, self.dest), early=early)

    def call(self, facts: Facts) -> Decision:
        """Return what is to be done about a tool call in the answer."""
        return self._decide(Target.TOOL_CALL, facts)

    def answered(self, finding: Finding, effect: Effect, value: str) -> str:
        """Return what stands in an answer for *value*. Nothing restores it: a token is only for what a caller sent."""
        if effect is Effect.HASH and self.hashing:
            return self.hashing.token(self.tenant, finding.entity, value)
        return mask(finding, value)

    def _decide(self, target: Target, subject: Facts) -> Decision:
        decision = self.policies.decide(Use(target, subject, self.user, self.dest))
        return self._routed(decision) if decision.effect is Effect.ROUTE else decision

    def _routed(self, decision: Decision) -> Decision:
        """Return what else holds of what a rule routes, having noted that if it is to go elsewhere."""
        if not self.here(self.target(decision)):
            self.notes.routed.append(decision)
        return decision.without(Effect.ROUTE)

    def target(self, decision: Decision) -> str:
        """Return the model or provider that the rule which made *decision* routes to."""
        return str(self.policies.parameters(decision.enforced[0]).get("to", ""))

    def _refuse_or_note(self, decision: Decision) -> None:
        self.notes.decided(decision)
        if not decision.allowed:
            raise refusal(decision)
