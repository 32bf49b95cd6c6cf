"""What decisions do to a text: masks instead of values, or a refusal. The same for prompts and answers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from gateway.domain.decisions import HIDING, REFUSING, Decision, Effect, Mode
from gateway.domain.errors import PolicyViolation, RuleRef
from gateway.domain.findings import Finding

_NOTED = HIDING | REFUSING | {Effect.FLAG}


def is_noted(decision: Decision) -> bool:
    """Return whether a finding with this *decision* belongs in the record: a rule acted on it, or would have."""
    return decision.effect in _NOTED or any(hit.mode is Mode.SHADOW for hit in decision.hits)


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
        rules=[RuleRef(hit.rule, hit.effect, hit.owner) for hit in rules.values()],
        findings=sorted(Counter(finding.entity for finding in findings).items()),
        param=param,
    )


def _sentence(decision: Decision) -> str:
    hit = decision.winner
    if hit is None:
        return f"No policy lets this {decision.target} pass."
    reason = hit.reason or f"A policy refuses this {decision.target}"
    return f"{reason.rstrip('.')} (rule {hit.rule}{f', ask {hit.owner}' if hit.owner else ''})."


_STEP = re.compile(r"\\.|\"", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_LITERAL = re.compile(r"[0-9A-Za-z.+-]+")


def masked_json(text: str, findings: Sequence[Finding], *, inside: bool) -> str:
    """Return *text*, a piece of JSON, with each of *findings* masked so that it stays JSON.

    A mask goes into a string as it is, and takes the place of a whole number in quotes; quotation marks, colons,
    commas and brackets that a finding covers stay. *inside* says whether the piece begins inside a string.
    """
    parts: list[str] = []
    done = 0
    for start, end, mask in _masks(text, findings, inside):
        if start >= done:
            parts += text[done:start], mask
            done = end
    parts.append(text[done:])
    return "".join(parts)


def ends_inside(text: str, *, inside: bool) -> bool:
    """Return whether JSON is inside a string after *text*, when it was *inside* one before."""
    quotes = text.count('"') if "\\" not in text else sum(step[0] == '"' for step in _STEP.finditer(text))
    return inside ^ (quotes % 2 == 1)


def _masks(text: str, findings: Sequence[Finding], inside: bool) -> Iterator[tuple[int, int, str]]:
    """Yield what to replace and by what, in order."""
    for start, end, within in _segments(text, inside):
        for finding in findings:
            first, last = max(start, finding.start), min(end, finding.end)
            if first < last and within:
                yield *_whole_escapes(text, first, last, start, end), f"<{finding.entity}>"
            elif first < last:
                for literal in _LITERAL.finditer(text, start, end):
                    if literal.start() < last and first < literal.end():
                        yield *literal.span(), f'"<{finding.entity}>"'


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
