"""The policies, as one answer asks them: about its findings, its tool calls and itself."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

from gateway.border import Border
from gateway.domain.chat import Delta
from gateway.domain.decisions import HIDING, Decision, Target
from gateway.domain.documents import Chunk
from gateway.domain.facts import NONE
from gateway.domain.findings import Finding, Where
from gateway.lineage.recorder import Notes
from gateway.policy.engine import UNFINISHED
from gateway.policy.uses import context_facts, response_facts, tool_call_facts
from gateway.redaction import at_least, refusal

_OF_CONTEXT = ("finding.classification", "finding.trust")


class AnswerBorder:
    """One answer, which *chunks* fed, on its way through the *border* of the destination that gives it.

    Nothing is asked that no rule speaks of. What a rule says of the answer as a whole, or of a call, is done to every
    finding in it at least.
    """

    def __init__(self, border: Callable[[], Border], chunks: Sequence[Chunk], notes: Notes) -> None:
        self._border = border
        """Returns the border to the destination that answers: a fallback may have taken the first one's place."""
        self._chunks = chunks
        self._notes = notes
        policies = border().policies
        self._context = NONE if policies.reads.isdisjoint(_OF_CONTEXT) else context_facts(chunks)
        self._is_spoken_of = Target.RESPONSE in policies.speaks_of
        self.reads_findings = self._is_spoken_of and UNFINISHED in policies.reads
        """Whether a rule speaks of what stands in the answer as a whole."""
        self.hears_calls = Target.TOOL_CALL in policies.speaks_of
        """Whether a rule speaks of tool calls."""
        self._entities: dict[str, Finding] = {}
        """What was found so far, by entity."""
        self._answer: Decision | None = None
        """What is to be done to the whole answer."""
        self._calls: dict[str, Decision] = {}
        """What is to be done to calls, by their places."""

    def finding(self, finding: Finding, where: Where, place: str) -> Decision:
        """Return what is to be done about *finding* at *place* of the answer.

        Raises `PolicyViolation` when the answer may not go on because of what stands in it.
        """
        decision = self._border().finding(finding, where, "answer", self._context)
        if self._is_spoken_of:
            self._found(finding)
            decision = at_least(decision, self._answer)
        if where is Where.TOOL_CALL and self._calls:
            for at, asked in self._calls.items():
                if place.startswith((f"{at}.", f"{at}[")):
                    decision = at_least(decision, asked)
        return decision

    def call(self, name: str, place: str) -> None:
        """Decide on the call of the tool *name* at *place*. Raises `PolicyViolation` when it may not be made."""
        decision = self._border().call(tool_call_facts(name, self._chunks))
        self._notes.decided(decision)
        if not decision.allowed:
            raise refusal(decision, param=place)
        if decision.effect in HIDING:
            self._calls[place] = decision

    async def whole(self, deltas: AsyncGenerator[Delta, None]) -> AsyncGenerator[Delta, None]:
        """Yield *deltas*, of which all was judged that is known; the last one, once the answer was judged as a whole.

        Raises `PolicyViolation` when the answer may not be released as it is. Closes *deltas* whatever happens.
        """
        last: Delta | None = None
        async with aclosing(deltas):
            async for delta in deltas:
                if last is not None:
                    yield last
                last = delta
        self._decide()
        if last is not None:
            yield last

    def _found(self, finding: Finding) -> None:
        is_new = finding.entity not in self._entities
        self._entities.setdefault(finding.entity, finding)
        if self._answer is None or (is_new and self.reads_findings):
            self._decide()

    def _decide(self) -> None:
        """Decide on the answer by what was found in it so far."""
        facts = response_facts(self._entities.values(), self._chunks)
        decision = self._border().response(facts, early=False)
        self._notes.decided(decision)
        if not decision.allowed:
            raise refusal(decision, findings=self._entities.values())
        self._answer = decision
