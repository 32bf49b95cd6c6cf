import asyncio
import time

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol

from gateway.providers.patience import Patience


@pytest.fixture
async def content() -> StreamReader:
    loop = asyncio.get_running_loop()
    protocol = BaseProtocol(loop)
    protocol.connection_made(asyncio.Transport())
    return StreamReader(protocol, 2**16, loop=loop)


async def test_a_wait_that_lasts_too_long_ends(content):
    patience = Patience(content, 0.05)

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await patience.more()

    assert 0.04 < time.monotonic() - began < 1


async def test_each_wait_counts_on_its_own(content):
    patience, loop = Patience(content, 0.1), asyncio.get_running_loop()
    for at in (0.06, 0.12, 0.18):
        loop.call_later(at, content.feed_data, b"x")

    chunks = [await patience.more() for _ in range(3)]
    with pytest.raises(TimeoutError):
        await patience.more()

    assert chunks == [b"x"] * 3


async def test_a_caller_that_takes_its_time_is_no_silence(content):
    patience = Patience(content, 0.05)
    content.feed_data(b"a")
    await patience.more()
    await asyncio.sleep(0.12)
    content.feed_data(b"b")

    assert await patience.more() == b"b"
    patience.close()


async def test_closed_it_looks_no_more(content):
    patience = Patience(content, 0.05)
    content.feed_data(b"a")
    await patience.more()
    patience.close()
    waiting = asyncio.create_task(content.readany())
    await asyncio.sleep(0.12)

    assert not waiting.done()
    content.feed_eof()
    assert await waiting == b""
