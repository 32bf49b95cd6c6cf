"""Cutting recognised stretches out of a text, so that a dropped chunk does not leave with it."""

from collections.abc import Iterable, Iterator, Sequence

from gateway.recognition.results import Span


def without(text: str, spans: Iterable[Span], notice: str) -> str:
    """Return *text* with *notice* in the place of each of *spans*; spans that touch or overlap become one."""
    parts: list[str] = []
    done = 0
    for start, end in joined(spans):
        parts += text[done:start], notice
        done = end
    parts.append(text[done:])
    return "".join(parts)


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return *spans* in order, those that touch or overlap as one."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = result[-1][0], max(end, result[-1][1])
        else:
            result.append((start, end))
    return result


def unexplained(text: str, explained: Sequence[Span], least: int) -> list[Span]:
    """Return the stretches of *text*, of at least *least* characters, that none of the *explained* spans touches.

    White space at their ends does not count.
    """
    return [(start, end) for start, end in _gaps(text, joined(explained)) if end - start >= max(least, 1)]


def _gaps(text: str, explained: Sequence[Span]) -> Iterator[Span]:
    done = 0
    for start, end in (*explained, (len(text), len(text))):
        gap = text[done:start]
        yield done + len(gap) - len(gap.lstrip()), done + len(gap.rstrip())
        done = end
