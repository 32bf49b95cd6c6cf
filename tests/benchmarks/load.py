"""A client that costs little: raw connections, each asking again as soon as it has its answer."""

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import uvloop

from tests.benchmarks.material import numbered


@dataclass
class Tally:
    """What the answers took, in milliseconds."""

    total: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    """Until the answer's first bytes."""
    started: float = 0.0
    ended: float = 0.0


@dataclass
class Plan:
    """What to ask, until when."""

    head: bytes
    body: bytes
    next: int
    last: int

    def request(self) -> bytes | None:
        """Return the next request, or `None` when enough was asked."""
        if self.next >= self.last:
            return None
        self.next += 1
        return self.head + numbered(self.body, self.next)


class Caller(asyncio.Protocol):
    """One connection: asks, reads the answer to its end, asks again."""

    def __init__(self, plan: Plan, tally: Tally) -> None:
        self.plan = plan
        self.tally = tally
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.answer = bytearray()
        self.length: int | None = None
        """Bytes that the answer will have; `None` until the headers told, -1 when it is chunked."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.ask()

    def ask(self) -> None:
        request = self.plan.request()
        if request is None:
            self.transport.close()
            self.done.set_result(None)
            return
        self.answer.clear()
        self.length = None
        self.begun = False
        self.asked = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        if self.length is None:
            end = self.answer.find(b"\r\n\r\n")
            if end < 0:
                return
            self.headed(bytes(self.answer[:end]).lower(), end + 4)
        if not self.begun and len(self.answer) > self.body:
            self.begun = True
            self.tally.first.append((time.perf_counter() - self.asked) * 1000)
        complete = self.answer.endswith(b"\r\n0\r\n\r\n") if self.length == -1 else len(self.answer) == self.length
        if complete:
            self.tally.total.append((time.perf_counter() - self.asked) * 1000)
            self.ask()

    def headed(self, head: bytes, body: int) -> None:
        """Learn from the headers how the answer will end."""
        self.body = body
        if not head.startswith(b"http/1.1 200"):
            self.failed(f"it answered {head[9:12].decode()}: {bytes(self.answer[body:])[:300].decode()}")
        start = head.find(b"content-length:")
        self.length = -1 if start < 0 else body + int(head[start + 15 :].split(b"\r\n", 1)[0])

    def failed(self, reason: str) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(reason))
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(RuntimeError(f"it closed the connection after {len(self.tally.total)} answers"))


async def run(port: int, key: str, body: bytes, connections: int, requests: int, first: int) -> Tally:
    """Ask *requests* times over *connections*, numbering the questions from *first*."""
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {key}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode()
    plan, tally = Plan(head, body, first, first + requests), Tally()
    loop = asyncio.get_running_loop()
    tally.started = time.perf_counter()
    pairs = [await loop.create_connection(lambda: Caller(plan, tally), "127.0.0.1", port) for _ in range(connections)]
    await asyncio.gather(*(caller.done for _, caller in pairs))
    tally.ended = time.perf_counter()
    return tally


def main() -> None:
    """Run from the command line and print what was measured as JSON."""
    parser = argparse.ArgumentParser()
    for name in ("port", "connections", "requests", "first"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--body", type=Path, required=True)
    options = parser.parse_args()
    try:
        tally = uvloop.run(
            run(options.port, options.key, options.body.read_bytes(), options.connections, options.requests,
                options.first)
        )  # fmt: skip
    except RuntimeError as exc:
        sys.exit(str(exc))
    json.dump({"total": tally.total, "first": tally.first, "seconds": tally.ended - tally.started}, sys.stdout)


if __name__ == "__main__":
    main()
