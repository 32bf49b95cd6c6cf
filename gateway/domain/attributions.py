"""What an answer's sentences are attributed to, as values to show."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.domain.digests import Digest


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer, and where it may come from."""

    start: int
    """Its first character in the answer."""
    end: int
    text: str
    """As far as the answer is kept."""
    method: str
    """`overlap`: by the words that both have; `meaning`: by the nearness of their meaning; `short`: not judged, for it
    has too few words; empty: no chunk of the context has it."""
    score: float
    """Of the chunk that is nearest, whether it is near enough or not."""
    chunk: Digest | None = None
    document: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What sentences of an answer have of one chunk."""

    method: str
    """Of the sentence that is nearest: `overlap` or `meaning`."""
    score: float
    """Of the same."""
    sentences: int = 1


@dataclass(frozen=True, slots=True)
class Attribution:
    """The sentences of an answer. Derived from the record: likeness, and no proof that one caused the other."""

    response: str
    sentences: Sequence[Sentence] = ()
    """None if nothing was released, or the answer is not kept."""
    unattributed: Sequence[int] = ()
    """Which of them, counted from 0, no chunk has: what the model may have made up."""
    unread: int = 0
    """Chunks of the context whose text is not kept: what comes from them seems to come from nowhere."""
