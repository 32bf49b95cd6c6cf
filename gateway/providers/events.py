"""Server-sent events cut out of bytes that arrive in any pieces.

Format: WHATWG HTML, section 9.2.6 "Interpreting an event stream". Only `data` is of interest: names, ids and retry
times say nothing about an answer.
"""

from collections.abc import Iterator

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class EventTooLong(ValueError):
    """An event is longer than its limit."""


class Events:
    """Decodes one event stream: feed what arrives, take the data of the events that it completes.

    Knows no I/O. However the bytes are cut, the same events come out. An event that the stream does not end with an
    empty line is not complete and never comes out.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        """The most bytes that one event may have, field names and comments included."""
        self._tail = bytearray()
        self._after_cr = False
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the data of each event that *chunk* completes; to be exhausted before the next `feed`.

        Raises `EventTooLong`, after the events before the one that is too long.
        """
        if self._after_cr or b"\r" in chunk:
            chunk = self._with_line_feeds(chunk)
        if self._tail:
            # Looking only at the seam keeps a long event that arrives in many pieces linear.
            if b"\n\n" not in self._tail[-1:] + chunk:
                self._keep(chunk)
                return
            chunk = bytes(self._tail) + chunk
            self._tail.clear()
        *blocks, rest = chunk.split(b"\n\n")
        for block in blocks:
            if len(block) > self._limit:
                raise EventTooLong
            data = self._data(block)
            if data is not None:
                yield data
        if rest:
            self._keep(rest)

    def _with_line_feeds(self, chunk: bytes) -> bytes:
        """Return *chunk* with every CR and CRLF made one LF, also where a CRLF was cut in two."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        self._after_cr = self._after_cr or chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _keep(self, rest: bytes) -> None:
        self._tail += rest
        # One more: the last byte may be the first of the two line feeds that end the event.
        if len(self._tail) > self._limit + 1:
            raise EventTooLong

    def _data(self, block: bytes) -> bytes | None:
        if not self._begun:
            self._begun = True
            block = block.removeprefix(_BYTE_ORDER_MARK)
        if block.startswith(b"data: ") and b"\n" not in block:
            return block[6:]
        lines = [_value(line) for line in block.split(b"\n") if line.startswith(b"data:") or line == b"data"]
        return b"\n".join(lines) if lines else None


def _value(line: bytes) -> bytes:
    return line[5:].removeprefix(b" ")
