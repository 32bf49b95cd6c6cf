"""kill -9 in the middle of a hundred streams: what reached the provider has its intent, once."""

import asyncio
import json
import signal
import socket
from pathlib import Path

import aiohttp
import pytest

from tests.journeys.house import APP_KEY
from tests.journeys.process import run, running, start
from tests.journeys.upstream import Upstream, streamed

STREAMS = 100


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def one(session: aiohttp.ClientSession, url: str, number: int) -> None:
    body = {
        "model": "gpt",
        "stream": True,
        "user": f"u{number}",
        "messages": [{"role": "user", "content": f"n {number}"}],
    }
    try:
        async with session.post(url, json=body, headers={"authorization": f"Bearer {APP_KEY}"}) as reply:
            async for _ in reply.content:
                pass
    except aiohttp.ClientError:
        pass


async def crash(url: str, upstream: Upstream, process) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        calls = [asyncio.ensure_future(one(session, url, number)) for number in range(STREAMS)]
        while upstream.sent < 5 * STREAMS or len(upstream.requests) < STREAMS:  # noqa: ASYNC110 - another thread counts
            await asyncio.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        await asyncio.gather(*calls)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_kill_nine_loses_and_doubles_no_intent(tmp_path: Path, upstream_server: Upstream):
    upstream_server.requests.clear()
    upstream_server.sent = 0
    upstream_server.says = [streamed(*(f"word{n} " for n in range(2000)), pause=0.05)]
    port = free_port()
    process = start(tmp_path, upstream_server.url, port)

    await crash(f"http://127.0.0.1:{port}/v1/chat/completions", upstream_server, process)
    process.communicate(timeout=30)

    with running(tmp_path, upstream_server.url, port):
        stats = json.loads(run(tmp_path, "db", "stats", "--json").stdout)
        verified = run(tmp_path, "verify", "--json")
        traced = json.loads(run(tmp_path, "trace", stats["open_runs"][0]["response"], "--json").stdout)
    reached = sorted(request["user"] for request in upstream_server.requests)
    assert reached == sorted(f"u{number}" for number in range(STREAMS))
    assert len(stats["open_runs"]) == len({opened["response"] for opened in stats["open_runs"]}) == STREAMS
    assert (verified.returncode, json.loads(verified.stdout)["faults"]) == (0, [])
    assert (traced["state"], traced["provider"]) == (None, "outside")
