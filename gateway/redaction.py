"""What decisions do to a text: masks instead of values, or a refusal. The same for prompts and answers."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from gateway.domain.decisions import HIDING, REFUSING, Decision, RuleHit
from gateway.domain.errors import PolicyViolation, RuleRef
from gateway.domain.facts import Value
from gateway.domain.findings import Finding

Write = Callable[[Finding, str], str]
"""Returns what stands for a finding with that value: something that needs no escape in JSON."""


def mask(finding: Finding, _: str) -> str:
    """Return the entity of *finding* in angle brackets, `<US_SSN>`."""
    return f"<{finding.entity}>"


def settled(findings: Sequence[Finding], decide: Callable[[Finding], Decision]) -> list[tuple[Finding, Decision]]:
    """Return *findings* without overlaps, in text order, each with what *decide* says of it.

    Where they overlap, the most restrictive decision holds and names the place, then the surest finding; what is to be
    hidden grows over the others to be hidden that it overlaps, but not over what may be read.
    """
    decided = [(finding, decide(finding)) for finding in sorted(findings, key=lambda f: (f.start, -f.end))]
    acting = _merged([pair for pair in decided if pair[1].effect in HIDING | REFUSING])
    if len(acting) == len(decided):
        return acting
    rest = _merged([pair for pair in decided if pair[1].effect not in HIDING | REFUSING])
    free = [pair for pair in rest if not any(_overlap(pair[0], acts) for acts, _ in acting)]
    return sorted([*acting, *free], key=lambda pair: pair[0].start)


def _merged(decided: Iterable[tuple[Finding, Decision]]) -> list[tuple[Finding, Decision]]:
    """Return *decided*, which come in the order of their starts, with one pair for those that overlap."""
    kept: list[tuple[Finding, Decision]] = []
    for finding, decision in decided:
        if kept and finding.start < kept[-1][0].end:
            last = kept[-1][0]
            winner, decision = max(kept[-1], (finding, decision), key=_precedence)
            kept[-1] = replace(winner, start=last.start, end=max(last.end, finding.end)), decision
        else:
            kept.append((finding, decision))
    return kept


def _overlap(one: Finding, other: Finding) -> bool:
    return one.start < other.end and other.start < one.end


def _precedence(decided: tuple[Finding, Decision]) -> tuple[int, float, int, int]:
    finding, decision = decided
    return -decision.effect.severity, finding.score, finding.end - finding.start, -finding.start


def at_least(decision: Decision, *around: Decision | None) -> Decision:
    """Return *decision* about a finding, or what is to be done to all of what is *around* it if that hides it better.

    A chunk, a prompt, an answer or a call that is masked loses every finding in it.
    """
    for whole in around:
        if whole is not None and whole.effect in HIDING and whole.effect.severity < decision.effect.severity:
            decision = whole
    return decision


def hidden(findings: Sequence[Finding], decisions: Sequence[Decision]) -> list[Finding]:
    """Return those of *findings* whose decision takes the value out of the text."""
    return [finding for finding, decision in zip(findings, decisions, strict=True) if decision.effect in HIDING]


def refuse_denied(findings: Sequence[Finding], decisions: Sequence[Decision]) -> None:
    """Raise `PolicyViolation` when one of *decisions*, made about *findings*, does not let its text pass.

    It gives the explanation, the rules and their owners, and which entities were found; never a value.
    """
    denied = [pair for pair in zip(findings, decisions, strict=True) if not pair[1].allowed]
    if denied:
        raise refusal(*(decision for _, decision in denied), findings=[finding for finding, _ in denied])


def refusal(*decisions: Decision, findings: Iterable[Finding] = (), param: str | None = None) -> PolicyViolation:
    """Return the refusal that *decisions* mean together: what the worst says, and every rule with its owner.

    Nothing of the text is in it. *findings* are counted by entity; *param* is the path of the offending field.
    """
    worst = min(decisions, key=lambda decision: decision.effect.severity)
    rules = {hit.rule: hit for decision in decisions for hit in decision.enforced if hit.effect in REFUSING}
    return PolicyViolation(
        _sentence(worst),
        rules=[RuleRef(hit.rule, hit.effect, hit.owner, _told(hit)) for hit in rules.values()],
        findings=sorted(Counter(finding.entity for finding in findings).items()),
        param=param,
        decision=worst,
    )


def _told(hit: RuleHit) -> tuple[tuple[str, Value], ...]:
    """Return what the caller may know of the values that *hit* read: not whose another tenant's text is."""
    return tuple(pair for pair in hit.values if not pair[0].endswith(".tenant"))


def _sentence(decision: Decision) -> str:
    hit = decision.winner
    if hit is None:
        return f"No policy lets this {decision.target} pass."
    reason = hit.reason or f"A policy refuses this {decision.target}"
    return f"{reason.rstrip('.')} (rule {hit.rule}{f', ask {hit.owner}' if hit.owner else ''})."


_STEP = re.compile(r"\\.|\"", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_LITERAL = re.compile(r"[0-9A-Za-z.+-]+")


def masked_json(text: str, findings: Sequence[Finding], *, inside: bool, write: Write = mask) -> str:
    """Return *text*, a piece of JSON, with what *write* makes of each of *findings*, so that it stays JSON.

    That goes into a string as it is, and takes the place of a whole number in quotes; quotation marks, colons,
    commas and brackets that a finding covers stay. *inside* says whether the piece begins inside a string.
    """
    parts: list[str] = []
    done = 0
    for start, end, finding, form in _places(text, findings, inside):
        if start >= done:
            parts += text[done:start], form.format(write(finding, text[start:end]))
            done = end
    parts.append(text[done:])
    return "".join(parts)


def ends_inside(text: str, *, inside: bool) -> bool:
    """Return whether JSON is inside a string after *text*, when it was *inside* one before."""
    quotes = text.count('"') if "\\" not in text else sum(step[0] == '"' for step in _STEP.finditer(text))
    return inside ^ (quotes % 2 == 1)


def _places(text: str, findings: Sequence[Finding], inside: bool) -> Iterator[tuple[int, int, Finding, str]]:
    """Yield what to replace, for which finding and in which form, in order."""
    for start, end, within in _segments(text, inside):
        for finding in findings:
            first, last = max(start, finding.start), min(end, finding.end)
            if first < last and within:
                yield *_whole_escapes(text, first, last, start, end), finding, "{}"
            elif first < last:
                for literal in _LITERAL.finditer(text, start, end):
                    if literal.start() < last and first < literal.end():
                        yield *literal.span(), finding, '"{}"'


def _segments(text: str, inside: bool) -> Iterator[tuple[int, int, bool]]:
    """Yield what lies between the quotation marks of *text*, and whether it is inside a string."""
    start = 0
    for step in _STEP.finditer(text):
        if step[0] == '"':
            yield start, step.start(), inside
            inside = not inside
            start = step.end()
    yield start, len(text), inside


def _whole_escapes(text: str, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    """Return *first* and *last* moved apart so that they divide no escape between *start* and *end*."""
    for escape in _ESCAPE.finditer(text, start, end):
        if escape.start() < first < escape.end():
            first = escape.start()
        if escape.start() < last < escape.end():
            last = escape.end()
    return first, last
