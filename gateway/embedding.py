"""Texts on their way to the embedder, which is a destination like any other: `dest.…` is what is known of it.

A search sends its question away before anything is decided about the prompt. So it is judged as what it is: a request
for an embedding, by the rules about requests, findings and prompts. What they hide is hidden from the embedder too,
which then finds a little less; what they refuse refuses the request, since an answer without the documents that were
asked for would look complete. A rule that routes elsewhere refuses an embedder outside the house; what is embedded in
the house stays there.

A document that enters a collection is embedded chunk by chunk. Of the rules about chunks those count that read where
the text goes, `dest.…`: who uses it and for what is not known before somebody does. What they keep in keeps the
document out of the collection; what this process embeds itself goes nowhere. From an embedder outside the house
everything is hidden, too, that rules about findings hide or refuse in chunks; the collection itself, which is ours, has
the text as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.border import Border, Material
from gateway.dialects.embeddings import EMBEDDINGS
from gateway.domain.decisions import HIDING, REFUSING, Decision, Effect, RuleHit, Target, Use
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding, Where, distinct, rewritten
from gateway.domain.principals import Principal
from gateway.domain.runs import Attempt, Embedding
from gateway.entering import Decides
from gateway.policy.engine import ERROR
from gateway.policy.uses import chunk_facts, finding_facts
from gateway.pseudonyms import Pseudonyms
from gateway.redaction import mask, refusal, settled

_WITHHOLDING = REFUSING | {Effect.ROUTE}
"""Effects under which nothing goes to an embedder outside the house."""


def embeddable(border: Border, question: str, findings: Sequence[Finding]) -> str:
    """Return *question*, in which there are *findings*, as the embedder behind *border* may have it.

    What was decided about it is noted there. Raises `PolicyViolation`.
    """
    there = replace(border, pseudonyms=Pseudonyms())  # nobody restores them in a vector
    model = str(border.dest.get("model", "")) or "embedder"
    request = EMBEDDINGS.parse({"model": model, "input": question})
    there.request(request)
    texts = request.texts
    prompt = there.prompt(Material(request, texts, [findings for _ in texts], (), (), ()))
    if there.notes.routed and not is_inside(there.dest):
        raise refusal(there.notes.routed[0])
    return prompt.question


def kept_in(policies: Decides, chunk: Chunk, tenant: str, user: Facts, embedder: Facts) -> Decision | None:
    """Return the decision by which *chunk* may not be sent to *embedder*; `None` when it may."""
    if is_inside(embedder) and embedder.get("region") == "local":
        return None
    decision = policies.decide(Use(Target.CHUNK, chunk_facts(chunk, tenant), user, embedder))
    refusing = REFUSING if is_inside(embedder) else _WITHHOLDING
    hits = tuple(hit for hit in decision.enforced if hit.effect in refusing and _is_about(hit, embedder))
    return replace(decision, effect=hits[0].effect, hits=hits) if hits else None


@dataclass(frozen=True, slots=True)
class Screen:
    """What an embedder outside the house gets to see of chunks that may be sent there."""

    policies: Decides
    user: Facts
    tenant: str
    embedder: Facts

    def words(self, chunk: Chunk, findings: Sequence[Finding], above: Sequence[Finding]) -> tuple[str, list[Decision]]:
        """Return what is embedded of *chunk*, and the decisions that hid something of it.

        *findings* are those in its text, *above* those in its title.
        """
        whole = self.policies.decide(Use(Target.CHUNK, chunk_facts(chunk, self.tenant), self.user, self.embedder))
        everything = whole if whole.effect in HIDING else None
        decisions = [everything] if everything else []
        text = self._hidden(chunk.text, findings, everything, decisions)
        title = self._hidden(chunk.title or "", above, everything, decisions)
        return words(replace(chunk, text=text, title=title)), decisions

    def _hidden(
        self, text: str, findings: Sequence[Finding], everything: Decision | None, decisions: list[Decision]
    ) -> str:
        if everything:
            return rewritten(text, distinct(findings), mask)
        hidden = [pair for pair in settled(findings, self._decide) if pair[1].effect in HIDING | _WITHHOLDING]
        decisions += [decision for _, decision in hidden]
        return rewritten(text, [finding for finding, _ in hidden], mask)

    def _decide(self, finding: Finding) -> Decision:
        facts = finding_facts(finding, Where.CHUNK, "chunk")
        return self.policies.decide(Use(Target.FINDING, facts, self.user, self.embedder))


def words(chunk: Chunk) -> str:
    """Return what is embedded of *chunk*: with its title, a piece from the middle still says what it is about."""
    return f"{chunk.title}\n{chunk.text}" if chunk.title else chunk.text


def is_inside(embedder: Facts) -> bool:
    """Return whether what is embedded stays in the house."""
    return embedder.get("self_hosted") is True


def attempt(border: Border) -> Attempt:
    """Return what the record of a response says of the embedder behind *border*."""
    decision = next((one for one in border.notes.decisions if one.enforced), None)
    reason = decision.enforced[0].reason if decision else ""
    return Attempt(_said(border.dest, "provider"), _said(border.dest, "model"), "embedded", reason, decision)


def embedding(principal: Principal, border: Border, asked: str) -> Embedding:
    """Return what the log says before *asked* goes to the embedder behind *border*."""
    notes, dest = border.notes, border.dest
    return Embedding(
        principal,
        _said(dest, "provider"),
        _said(dest, "model"),
        _said(dest, "region"),
        digest(asked),
        tuple(notes.findings),
        tuple(notes.decisions),
        border.policies.digest,
    )


def _is_about(hit: RuleHit, embedder: Facts) -> bool:
    """Return whether the rule of *hit* read where the text goes, or could not read what it had to."""
    read = dict(hit.values)
    return any(name.startswith("dest.") for name in read) or (ERROR in read and not is_inside(embedder))


def _said(facts: Facts, name: str) -> str:
    return str(facts.get(name, ""))
