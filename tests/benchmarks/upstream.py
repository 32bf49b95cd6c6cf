"""A provider that costs next to nothing: ready-made bytes for whatever it is asked.

Each event of a stream is a write of its own, one turn of the event loop apart, or ten milliseconds for `bench-paced`.
"""

import asyncio
from typing import cast

import uvloop

from tests.benchmarks.material import answer, events

_BODY = answer()
WHOLE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(_BODY), _BODY)
STREAM = [b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"]
STREAM += [b"%x\r\n%s\r\n" % (len(event), event) for event in events()]
STREAM[-1] += b"0\r\n\r\n"
PACE = 0.01


class Provider(asyncio.Protocol):
    """Answers each request on one connection."""

    def __init__(self) -> None:
        self.seen = b""
        self.loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.seen += data
        end = self.seen.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.seen[:end].lower()
        start = head.find(b"content-length:") + 15
        length = int(head[start:].split(b"\r\n", 1)[0])
        if len(self.seen) < end + 4 + length:
            return
        body, self.seen = self.seen[end + 4 : end + 4 + length], self.seen[end + 4 + length :]
        if b'"stream":true' in body or b'"stream": true' in body:
            self.send(0, PACE if b"bench-paced" in body else 0.0)
        else:
            self.transport.write(WHOLE)

    def send(self, position: int, pace: float) -> None:
        if self.transport.is_closing():
            return
        self.transport.write(STREAM[position])
        if position + 1 < len(STREAM):
            self.loop.call_later(pace, self.send, position + 1, pace)


async def serve() -> None:
    """Serve on a free port and print it."""
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
