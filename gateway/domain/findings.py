"""What detectors find in a text, and how a text is rewritten at those places."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Where(StrEnum):
    """The border at which a finding was made; `finding.where` in a policy."""

    PROMPT = "prompt"
    CHUNK = "chunk"
    RESPONSE = "response"
    TOOL_CALL = "tool_call"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a text that policies speak about; never the value itself."""

    entity: str
    """Type in Presidio's vocabulary where it has one: `EMAIL_ADDRESS`, `US_SSN`, `CREDIT_CARD` …"""
    start: int
    """Offset of the first character."""
    end: int
    """Offset after the last character."""
    score: float
    """Confidence, 0 to 1; 1 where a checksum or structure proves it."""
    detector: str
    host: str = ""
    """Where a `LINK` leads to: the host as browsers read it, lower case and in ASCII; empty for everything else."""

    def shifted(self, by: int) -> "Finding":
        """Return the same finding in a text that has *by* more characters in front."""
        return replace(self, start=self.start + by, end=self.end + by)


def distinct(findings: Iterable[Finding]) -> list[Finding]:
    """Return *findings* without overlaps, in text order: the surest wins, then the longest, then the first.

    A loser that reaches past the winner is not forgotten: the winner grows over it, so that no character of any
    finding stays uncovered.
    """
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        if kept and finding.start < kept[-1].end:
            last = kept[-1]
            surer = max(last, finding, key=lambda f: (f.score, f.end - f.start, -f.start))
            kept[-1] = replace(surer, start=last.start, end=max(last.end, finding.end))
        else:
            kept.append(finding)
    return kept


def rewritten(text: str, findings: Sequence[Finding], substitute: Callable[[Finding, str], str]) -> str:
    """Return *text* with each of *findings* (distinct, in order) exchanged for what *substitute* says.

    No character outside a finding changes.
    """
    parts: list[str] = []
    done = 0
    for finding in findings:
        parts += text[done : finding.start], substitute(finding, text[finding.start : finding.end])
        done = finding.end
    parts.append(text[done:])
    return "".join(parts)


def masked(text: str, findings: Sequence[Finding]) -> str:
    """Return *text* with each finding replaced by its entity in angle brackets, `<US_SSN>`."""
    return rewritten(text, findings, lambda finding, _: f"<{finding.entity}>")
