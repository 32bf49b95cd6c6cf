"""Texts in groups that are not too long to be looked through at once."""

from collections.abc import Iterator, Sequence


def size(text: str) -> int:
    """Return how many bytes *text* has in UTF-8."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def batches(texts: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """Yield *texts* in their order, as many together as have at most *most* bytes; a longer text is alone.

    A text is never cut: what stands at a cut would not be found, or be found twice.
    """
    start, total = 0, 0
    for at, text in enumerate(texts):
        length = size(text)
        if at > start and total + length > most:
            yield texts[start:at]
            start, total = at, 0
        total += length
    if start < len(texts):
        yield texts[start:]
