import asyncio
import contextlib
import socket

import pytest
import uvicorn

from gateway.api.connections import JoiningProtocol, JoiningTransport
from tests.waiting import eventually


class Wire:
    """A transport that keeps what it is told."""

    def __init__(self):
        self.told = []

    def write(self, data):
        self.told.append(data)

    def close(self):
        self.told.append("closed")

    def is_closing(self):
        return "closed" in self.told


@pytest.fixture
def wire():
    return Wire()


async def test_what_is_written_in_one_turn_leaves_together(wire):
    transport = JoiningTransport(wire, asyncio.get_running_loop())
    transport.write(b"head")
    transport.write(b"body")
    before = list(wire.told)
    await asyncio.sleep(0)
    transport.write(b"more")
    await asyncio.sleep(0)

    assert before == []
    assert wire.told == [b"headbody", b"more"]


async def test_nothing_is_lost_when_the_connection_is_closed_in_the_turn_that_writes(wire):
    transport = JoiningTransport(wire, asyncio.get_running_loop())
    transport.write(b"last words")
    transport.close()
    await asyncio.sleep(0)

    assert wire.told == [b"last words", "closed"]
    assert transport.is_closing()


async def test_a_caller_gets_head_and_body_of_an_answer_at_once():
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"body"})

    config = uvicorn.Config(application, http=JoiningProtocol, ws="none", lifespan="off", log_level="error", port=0)
    server = uvicorn.Server(config)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        await eventually(lambda: server.started)
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        found = []
        for _ in range(2):
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            found.append(await asyncio.wait_for(reader.read(65_536), 10))
        writer.close()
        server.should_exit = True
        await serving

    assert [one.count(b"HTTP/1.1 200 OK") for one in found] == [1, 1]
    assert all(one.endswith(b"\r\n\r\nbody") for one in found)
