import gzip
import zlib

import pytest
from starlette.requests import ClientDisconnect

from gateway.api.bodies import parse_json, read_body, unpacked
from gateway.domain.errors import BadRequest, TooLarge


def receiving(*parts: bytes, disconnect: bool = False):
    messages = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    if disconnect:
        messages.append({"type": "http.disconnect"})
    else:
        messages[-1]["more_body"] = False
    queue = iter(messages)

    async def receive():
        return next(queue)

    return receive


async def test_a_body_in_pieces_is_one():
    assert await read_body({}, receiving(b"ab", b"", b"cd"), 4) == b"abcd"


async def test_a_body_past_the_limit_is_read_to_its_end_and_refused():
    receive = receiving(b"abc", b"de", b"f")

    with pytest.raises(TooLarge) as caught:
        await read_body({}, receive, 4)

    assert caught.value.status == 413
    with pytest.raises(RuntimeError, match="StopIteration"):
        await receive()


async def test_a_client_that_leaves_is_noticed():
    with pytest.raises(ClientDisconnect):
        await read_body({}, receiving(b"abc", disconnect=True), 10)


def test_bad_json_is_told_with_its_place():
    with pytest.raises(BadRequest) as caught:
        parse_json(b'{"a":\n nope}')

    assert "line 2" in caught.value.message
    assert caught.value.code == "invalid_json"


@pytest.mark.parametrize(
    ("coding", "pack"), [("", bytes), ("identity", bytes), ("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_body_comes_out_of_its_coding(coding, pack):
    assert unpacked(pack(b"what it says"), coding, 12) == b"what it says"


@pytest.mark.parametrize(
    ("body", "coding", "status", "code"),
    [
        (gzip.compress(bytes(1_000_000), mtime=0), "gzip", 413, "request_too_large"),
        (b"plain", "gzip", 400, "invalid_encoding"),
        (gzip.compress(b"cut", mtime=0)[:-4], "gzip", 400, "invalid_encoding"),
        (b"x", "br", 415, "unsupported_media_type"),
    ],
)
def test_a_body_that_does_not_come_out_is_refused(body, coding, status, code):
    with pytest.raises(BadRequest) as caught:
        unpacked(body, coding, 100)

    assert (caught.value.status, caught.value.code) == (status, code)
