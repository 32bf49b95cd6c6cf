import base64

import pytest

from gateway.dialects.chat import CHAT
from gateway.dialects.responses import RESPONSES
from gateway.domain.chat import ChatRequest
from gateway.loaders.extraction import text_of
from gateway.unpacking import UNSCANNED, Unpacker
from tests.loaders.made import pdf

AT = ("messages", 0, "content", 0, "file", "file_data")
PICTURE = "data:image/png;base64,iVBORw0KGgo="


def url(blob: bytes, media_type: str = "text/plain") -> str:
    return f"data:{media_type};base64,{base64.b64encode(blob).decode()}"


def asking(data: str, filename: str = "note.txt") -> ChatRequest:
    part = {"type": "file", "file": {"filename": filename, "file_data": data}}
    return CHAT.parse({"model": "m", "messages": [{"role": "user", "content": [part]}]})


async def test_a_file_is_a_document_with_a_text_of_its_own():
    unpacked = await Unpacker(text_of).unpack(asking(url("Grüße".encode())))

    (text,) = [text for text in unpacked.request.texts if text.kind == "file"]
    (chunk,) = unpacked.request.documents
    assert (text.path, text.value) == (AT, "Grüße")
    assert (chunk.document, chunk.text, chunk.path, chunk.block) == ("note.txt", "Grüße", AT, AT[:4])
    assert dict(unpacked.unscanned) == {}


async def test_text_is_written_back_into_its_file():
    unpacked = await Unpacker(text_of).unpack(asking(url(b"a secret")))

    changed = unpacked.request.with_texts({AT: "a <SECRET>"})

    assert changed.raw["messages"][0]["content"][0]["file"] == {
        "filename": "note.txt",
        "file_data": url(b"a <SECRET>"),
    }


@pytest.mark.parametrize(
    ("blob", "media_type"),
    [(pdf("Page one"), "application/pdf"), (b"<html><body>Page <b>one</b></body></html>", "text/html")],
    ids=["pdf", "html"],
)
async def test_of_another_format_the_changed_text_takes_the_place_of_the_file(blob: bytes, media_type: str):
    unpacked = await Unpacker(text_of).unpack(asking(url(blob, media_type)))
    (text,) = [text for text in unpacked.request.texts if text.kind == "file"]

    changed = unpacked.request.with_texts({AT: "<MASKED>"})

    assert "Page one" in text.value
    assert changed.raw["messages"][0]["content"] == [{"type": "text", "text": "<MASKED>"}]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (PICTURE, "unread:image"),
        (url(bytes(range(256)), "application/octet-stream"), "unread:binary"),
        ("data:text/plain;base64,abcde", "unread:not_base64"),
    ],
)
async def test_what_cannot_be_read_is_a_finding_that_says_why(data: str, why: str):
    unpacked = await Unpacker(text_of).unpack(asking(data))

    found = unpacked.unscanned[AT]
    assert (found.entity, found.detector, found.end) == (UNSCANNED, why, len(data))
    assert unpacked.request.documents == ()


async def test_a_file_with_pages_that_are_pictures_is_read_and_said_to_be_unread_in_part():
    unpacked = await Unpacker(text_of).unpack(asking(url(pdf("Words", ""), "application/pdf"), "r.pdf"))

    assert unpacked.unscanned[AT].detector == "unread:part of pdf"
    assert [chunk.document for chunk in unpacked.request.documents] == ["r.pdf"]


async def test_bare_base64_of_a_known_format_is_a_file_as_well():
    unpacked = await Unpacker(text_of).unpack(asking(base64.b64encode(pdf("Page one")).decode()))

    assert "Page one" in next(text.value for text in unpacked.request.texts if text.kind == "file")


async def test_a_file_that_comes_again_is_not_read_again():
    read = []

    def extract(blob: bytes, media_type: str, name: str):
        read.append((media_type, name))
        return text_of(blob, media_type, name)

    unpacker = Unpacker(extract, capacity=600)
    for data in (url(b"one"), url(b"one"), url(b"two" * 200), url(b"one")):
        await unpacker.unpack(asking(data))

    assert read == [("text/plain", "note.txt")] * 3


async def test_a_request_without_files_stays_the_same_object():
    request = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": "x"}]})

    assert (await Unpacker(text_of).unpack(request)).request is request


@pytest.mark.parametrize(
    ("part", "unread"),
    [
        ({"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}, True),
        ({"type": "input_image", "image_url": "https://example.com/a.png"}, True),
        ({"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}, True),
        ({"type": "file", "file": {"file_id": "file-1"}}, True),
        ({"type": "input_file", "file_url": "https://example.com/a.pdf"}, True),
        ({"type": "text", "text": "see https://example.com/a.png"}, False),
        ({"type": "text", "text": "x", "annotations": [{"file_id": "file-1"}]}, False),
        ({"type": "search_result", "url": "https://example.com/a"}, False),
    ],
)
async def test_content_that_only_its_provider_sees_is_unscanned(part: dict, unread: bool):
    request = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": [part]}]})

    unpacked = await Unpacker(text_of).unpack(request)

    assert [found.detector for found in unpacked.unscanned.values()] == ["unread:reference"] * unread


@pytest.mark.parametrize(
    ("fields", "unread"),
    [
        ({"conversation": "conv_1"}, 1),
        ({"conversation": {"id": "conv_1"}}, 1),
        ({"prompt": {"id": "pmpt_1", "version": "2", "variables": {"name": "Ada"}}}, 1),
        ({"conversation": None}, 0),
        ({"metadata": {"conversation": "x"}}, 0),
    ],
)
async def test_what_a_provider_keeps_and_reads_before_the_request_is_unscanned(fields: dict, unread: int):
    request = RESPONSES.parse({"model": "m", "input": "x", **fields})

    unpacked = await Unpacker(text_of).unpack(request)

    assert [found.detector for found in unpacked.unscanned.values()] == ["unread:reference"] * unread
