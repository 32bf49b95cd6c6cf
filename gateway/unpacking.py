"""Files that come inside a request: opened, read, and judged like any other text.

A file is a document that the caller declares. What is in it can be masked: text is written back into the file, and of
other formats the masked text is sent instead of the file.
"""

import asyncio
import base64
import binascii
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Protocol

from gateway.dialects.documents import DECLARED
from gateway.domain.chat import ChatRequest, Text
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How
from gateway.domain.findings import Finding
from gateway.domain.json import JSON, Object, Path, value_at

UNSCANNED = "UNSCANNED_CONTENT"
"""Entity of content that no detector can read, such as a picture; policies decide what becomes of it."""

_NAMES = ("filename", "file_name", "title", "name")
_TYPES = ("media_type", "mime_type")
_REFERENCES = frozenset({"file_id", "file_url", "image_url", "url"})
_KEPT = frozenset({("conversation",), ("conversation", "id"), ("prompt", "id")})
"""Where a request of OpenAI's names a conversation or a prompt that the provider keeps and puts before the model."""
_QUOTED = frozenset({"annotations", "citations", "results"})
"""Where an earlier answer or a search says where something is from: that is not fetched."""


class Extracted(Protocol):
    """What a file says, or why that cannot be read."""

    @property
    def kind(self) -> str:
        """What it is: `text`, `pdf`, `image` …"""

    @property
    def texts(self) -> Sequence[str]:
        """Every text in it that must be judged; empty when it cannot be read."""

    @property
    def unread(self) -> str:
        """What of a file with text could not be read; empty when all was."""


Extract = Callable[[bytes, str, str], Extracted]
"""Returns what the bytes of a file say, given the media type and the name that its caller claims; may take long."""


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A request whose files have been opened."""

    request: ChatRequest
    """Its texts are those of the files as well, and each file that can be read is a document of it."""
    unscanned: Mapping[Path, Finding] = field(default_factory=dict)
    """What cannot be read, or not all of it, by the path of its text."""


@dataclass(frozen=True)
class Unpacker:
    """Opens files, and remembers what they say while they come again and again in a history."""

    extract: Extract
    capacity: int = 32 * 1024 * 1024
    """Characters of files that are remembered."""
    _known: "OrderedDict[bytes, Extracted]" = field(default_factory=OrderedDict, init=False, repr=False, compare=False)

    async def unpack(self, request: ChatRequest) -> Unpacked:
        """Return *request* with the texts of its files in the place of their bytes."""
        texts = list(request.texts)
        unscanned = {text.path: _unread(text, "reference") for text in texts if refers(text)}
        packed = [number for number, text in enumerate(texts) if text.kind == "binary"]
        if not packed:
            return Unpacked(request, unscanned)
        chunks: list[Chunk] = []
        for number in packed:
            text = texts[number]
            around = _around(request.raw, text.path)
            read = await self._read(text.value, around)
            if read is None or not read.texts:
                unscanned[text.path] = _unread(text, read.kind if read else "not_base64")
                continue
            texts[number] = _opened(text, read)
            chunks.append(_document(texts[number], around))
            if read.unread:
                unscanned[text.path] = Finding(UNSCANNED, 0, 0, 1.0, f"unread:part of {read.kind}")
        return Unpacked(request.reading(texts, chunks), unscanned)

    async def _read(self, value: str, around: Object) -> Extracted | None:
        """Return what the file *value* says, `None` when it is not what it looks like."""
        key = blake2b(value.encode("utf-8", "surrogatepass"), digest_size=32).digest()
        known = self._known.get(key)
        if known is not None:
            self._known.move_to_end(key)
            return known
        head, _, data = value.rpartition(",")
        try:
            blob = base64.b64decode(data.replace("-", "+").replace("_", "/") + "=" * (-len(data) % 4), validate=True)
        except (ValueError, binascii.Error):
            return None
        claimed = head.removeprefix("data:").partition(";")[0] or _said(around, _TYPES)
        read = await asyncio.to_thread(self.extract, blob, claimed, _said(around, _NAMES) or "The file")
        self._keep(key, read)
        return read

    def _keep(self, key: bytes, read: Extracted) -> None:
        self._known[key] = read
        size = sum(_size(one) for one in self._known.values())
        while size > self.capacity and len(self._known) > 1:
            size -= _size(self._known.popitem(last=False)[1])


def refers(text: Text) -> bool:
    """Return whether *text* names content that its provider fetches or keeps: nobody here sees what it says."""
    if text.path in _KEPT:
        return bool(text.value)
    last = text.path[-1]
    if last not in _REFERENCES or not text.value or not _QUOTED.isdisjoint(text.path):
        return False
    if last in ("file_id", "file_url"):
        return True
    named = last == "image_url" or (len(text.path) > 1 and text.path[-2] in ("image_url", "source", "file"))
    return named and text.value.startswith(("http://", "https://"))


def _unread(text: Text, why: str) -> Finding:
    return Finding(UNSCANNED, 0, len(text.value), 1.0, f"unread:{why}")


def _size(read: Extracted) -> int:
    return 256 + sum(map(len, read.texts))


def _around(raw: Object, path: Path) -> Object:
    """Return the fields beside the string at *path* and those of the part that it is in."""
    fields: Object = {}
    for depth in range(len(_block(path)), len(path)):
        value = value_at(raw, path[:depth])
        fields |= value if isinstance(value, dict) else {}
    return fields


def _said(around: Object, names: Sequence[str]) -> str:
    values = (around.get(name) for name in names)
    return next((value for value in values if isinstance(value, str) and value), "")


def _block(path: Path) -> Path:
    """Return the path of the part of a message that the string at *path* belongs to; empty when there is none."""
    positions = [depth for depth, step in enumerate(path) if isinstance(step, int)]
    return path[: positions[-1] + 1] if positions and len(path) > 3 else ()


def _opened(text: Text, read: Extracted) -> Text:
    """Return *text*, the bytes of a file, as what the file says."""
    said = "\n\n".join(read.texts)
    head, comma, _ = text.value.rpartition(",")
    rewrite = _Base64(head + comma) if read.kind == "text" else None
    return Text(text.path, said, "file", packed=_Packed(text.path, _block(text.path), rewrite))


def _document(text: Text, around: Object) -> Chunk:
    name, block = _said(around, _NAMES), _block(text.path)
    return Chunk(
        source=DECLARED,
        document=name or digest(text.value),
        version=digest(text.value),
        ordinal=0,
        text=text.value,
        how=How.DECLARED,
        title=name or None,
        path=text.path,
        spans=((0, len(text.value)),),
        block=block,
    )


@dataclass(frozen=True, slots=True)
class _Base64:
    head: str
    """What stands before the base64: `data:text/plain;base64,`."""

    def __call__(self, text: str) -> JSON:
        return self.head + base64.b64encode(text.encode("utf-8", "surrogatepass")).decode("ascii")


@dataclass(frozen=True, slots=True)
class _Packed:
    """How another text gets into the file."""

    path: Path
    block: Path
    rewrite: Callable[[str], JSON] | None
    """Returns the file with another text; `None` for formats that are not written."""

    def change(self, request: ChatRequest, text: str) -> tuple[Path, JSON]:
        """Return what has to be exchanged, and for what, so that *request* says *text* instead of the file."""
        if self.rewrite:
            return self.path, self.rewrite(text)
        if self.block:
            return self.block, request.withheld(self.block, text)
        return self.path, text
