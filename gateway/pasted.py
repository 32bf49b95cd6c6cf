"""Chunks that stand in a request already: what policies say of them, and how one is cut out of its text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.domain.chat import Text
from gateway.domain.decisions import HIDING, Decision, Effect
from gateway.domain.documents import Chunk, ChunkState, How
from gateway.domain.findings import Finding
from gateway.domain.findings import rewritten as cut_out
from gateway.domain.json import Path
from gateway.jsonstrings import is_one_piece, substituted
from gateway.markup import beginning

NOTICE = "[document withheld by policy]"
"""What a provider reads in the place of a chunk that may not be used."""

Span = tuple[int, int]


@dataclass(slots=True)
class Pasted:
    """One chunk in its place, as far as it has been judged."""

    chunk: Chunk
    decision: Decision
    """The most restrictive one so far: about the chunk, or about a finding in it."""
    is_masked: bool = False
    spans: tuple[Span, ...] = ()
    """Where it stands once its text has been rewritten."""
    whole: Decision = field(init=False)
    """The decision about the chunk itself."""

    def __post_init__(self) -> None:
        self.whole = self.decision
        self.spans = self.chunk.spans

    @property
    def state(self) -> ChunkState:
        """What becomes of the chunk."""
        if not self.decision.allowed:
            return ChunkState.DROPPED
        return ChunkState.MASKED if self.is_masked else ChunkState.SENT

    def holds(self, finding: Finding) -> bool:
        """Return whether *finding*, in the text that the chunk stands in, begins in the chunk."""
        return any(start <= finding.start < end for start, end in self.chunk.spans)

    def found(self, decision: Decision) -> None:
        """Take in what was decided about a finding in it."""
        self.is_masked = self.is_masked or decision.effect in HIDING
        if decision.effect.severity < self.decision.effect.severity:
            self.decision = decision.beside(self.whole)


def by_path(pasted: Iterable[Pasted]) -> dict[Path, list[Pasted]]:
    """Return *pasted* by the text in which each stands."""
    at: dict[Path, list[Pasted]] = {}
    for one in pasted:
        at.setdefault(one.chunk.path, []).append(one)
    return at


def rewritten(
    text: Text, hidden: Mapping[Finding, Effect], pasted: Sequence[Pasted], write: Callable[[Finding, str], str]
) -> str:
    """Return *text* without those of *pasted* that may not be used, and with what *write* makes of each of *hidden*.

    With a recognised one go the marks before it (markup.py). The spans of the others are set to where they stand then.
    No character outside of findings and of what is cut out changes.
    """
    cuts, kept = _apart(hidden, _dropped(text, pasted))
    whole = [cut for cut in cuts if is_one_piece(text.value, cut.start, cut.end, is_json=text.is_json)]
    value = cut_out(text.value, whole, lambda *_: NOTICE)
    torn = {_moved(cut, whole) for cut in cuts if cut not in whole}
    written = {_moved(finding, whole): finding for finding in kept}
    places = sorted([*written, *torn], key=lambda finding: finding.start)

    def substitute(finding: Finding, found: str) -> str:
        return NOTICE if finding in torn else write(written[finding], found)

    def until(offset: int) -> int:
        """Return how long the rewritten text is up to *offset*, or to the end of what is rewritten there."""
        offset = _offset(offset, whole)
        before = [finding for finding in places if finding.start < offset]
        end = max([offset, *(finding.end for finding in before)])
        return len(substituted(value[:end], before, substitute, is_json=text.is_json))

    for one in pasted:
        if one.state is not ChunkState.DROPPED:
            one.spans = tuple((until(start), until(end)) for start, end in one.chunk.spans)
    return substituted(value, places, substitute, is_json=text.is_json)


def _moved(finding: Finding, cuts: Sequence[Finding]) -> Finding:
    """Return *finding*, which overlaps none of *cuts*, as it stands once they have been cut out."""
    return finding.shifted(_offset(finding.start, cuts) - finding.start)


def _offset(offset: int, cuts: Sequence[Finding]) -> int:
    """Return where *offset* is once *cuts* have been cut out; of a place in one of them, the end of its notice."""
    moved = offset
    for cut in cuts:
        if cut.start < offset:
            moved += len(NOTICE) - (min(cut.end, offset) - cut.start)
    return moved


def _dropped(text: Text, pasted: Sequence[Pasted]) -> list[Span]:
    """Return what is to be cut out of *text*, in order: the chunks that may not be used, with the marks before them."""
    stay = [one.chunk for one in pasted if one.state is not ChunkState.DROPPED]
    held, kept = {(chunk.source, chunk.document) for chunk in stay}, [span for chunk in stay for span in chunk.spans]
    spans: list[Span] = []
    for one in pasted:
        for start, end in one.chunk.spans if one.state is ChunkState.DROPPED else ():
            # In JSON a line's end is an escape, and a span that another one reaches into is no beginning.
            if one.chunk.how is How.RECOGNISED and not text.is_json and not any(a < start < b for a, b in kept):
                floor = max((b for _, b in kept if b <= start), default=0)
                header = (one.chunk.source, one.chunk.document) not in held
                start = beginning(text.value, start, floor, header=header)
            spans.append((start, end))
    return sorted(spans)


def _apart(hidden: Mapping[Finding, Effect], spans: Sequence[Span]) -> tuple[list[Finding], list[Finding]]:
    """Return what is cut out, in order, grown over findings that reach out of it, and the findings that are left."""
    kept = list(hidden)
    cuts: list[Finding] = []
    for start, end in spans:
        touching = [finding for finding in [*kept, *cuts] if finding.start < end and start < finding.end]
        start = min([start, *(finding.start for finding in touching)])
        end = max([end, *(finding.end for finding in touching)])
        kept = [finding for finding in kept if finding not in touching]
        cuts = [cut for cut in cuts if cut not in touching] + [Finding("", start, end, 1.0, "gateway")]
    return cuts, kept
