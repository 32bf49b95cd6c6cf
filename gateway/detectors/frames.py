"""What a pool and its workers say to each other on pipes: frames, with texts one way and findings the other."""

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from itertools import accumulate, pairwise
from struct import Struct, calcsize, pack, unpack_from
from typing import BinaryIO, TypeAlias

import orjson

from gateway.detectors.foreign import checked
from gateway.domain.findings import Finding
from gateway.domain.json import JSON
from gateway.interfaces import Detector

HEAD = Struct("<I")
"""How many bytes follow."""
LONGEST = 64_000_000
"""No answer is longer: such a length is no length but something that should not be on the pipe."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is for: what it is told first."""

    build: Callable[[], Detector]
    """Makes the detector: its class with its fields, so that what is there is looked at where it is loaded."""
    timeout: float
    """Seconds that a batch may take."""
    load_timeout: float

    @classmethod
    def like(cls, detector: Detector, timeout: float, load_timeout: float) -> "Order":
        """Return the order to do as *detector* would; raises `TypeError` when it is not made of fields."""
        if not is_dataclass(detector):
            raise TypeError(f"{type(detector).__name__} is no dataclass")
        configured = {one.name: getattr(detector, one.name) for one in fields(detector) if one.init}
        return cls(partial(type(detector), **configured), timeout, load_timeout)

    def packed(self) -> bytes:
        """Return it as bytes, with the class as its name; raises what `pickle` does."""
        return pickle.dumps(self)


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker has loaded its detector and looked through a first text."""

    version: str
    entities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Refused:
    """The detector cannot look; the worker itself is well."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Found:
    """Findings of each text, as they were sent: `[entity, start, end, score, detector]`."""

    rows: JSON

    def findings(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each of *texts*; raises `ValueError` when these cannot be theirs."""
        if not isinstance(self.rows, list) or len(self.rows) != len(texts):
            raise ValueError("there is not one list of findings for each text")
        return [list(_findings(rows, text)) for rows, text in zip(self.rows, texts, strict=True)]


Answer: TypeAlias = Ready | Refused | Found


def frame(body: bytes) -> bytes:
    """Return *body* with its length in front."""
    return HEAD.pack(len(body)) + body


def read_frame(pipe: BinaryIO) -> bytes | None:
    """Return the body of the next frame, `None` when the other side has ended."""
    head = pipe.read(HEAD.size)
    if len(head) < HEAD.size:
        return None
    (length,) = HEAD.unpack(head)
    body = pipe.read(length)
    return body if len(body) == length else None


def packed(texts: Sequence[str]) -> bytes:
    """Return *texts* as bytes that hold every character of them, lone surrogates too: their lengths, then all."""
    parts = [text.encode("utf-8", "surrogatepass") for text in texts]
    return pack(f"<I{len(parts)}I", len(parts), *map(len, parts)) + b"".join(parts)


def unpacked(body: bytes) -> list[str]:
    """Return the texts that `packed` has made *body* of."""
    (count,) = HEAD.unpack_from(body)
    lengths = unpack_from(f"<{count}I", body, HEAD.size)
    places = accumulate(lengths, initial=calcsize(f"<I{count}I"))
    return [body[start:end].decode("utf-8", "surrogatepass") for start, end in pairwise(places)]


def found(findings: Sequence[Sequence[Finding]]) -> bytes:
    """Return the answer `Found` with *findings*; raises `TypeError` when they are not what `Finding` says."""
    rows = [[[f.entity, f.start, f.end, float(f.score), f.detector] for f in each] for each in findings]
    return orjson.dumps({"found": rows})


def ready(version: str, entities: frozenset[str]) -> bytes:
    """Return the answer `Ready`."""
    return orjson.dumps({"ready": version, "entities": sorted(entities)})


def refused(sentence: str) -> bytes:
    """Return the answer `Refused`."""
    return orjson.dumps({"refused": sentence})


def answer(body: bytes) -> Answer:
    """Return what *body* says; raises `ValueError` when it is no answer."""
    match orjson.loads(body):
        case {"found": rows}:
            return Found(rows)
        case {"refused": str(sentence)}:
            return Refused(sentence)
        case {"ready": str(version), "entities": list(entities)} if all(isinstance(one, str) for one in entities):
            return Ready(version, frozenset(entities))
    raise ValueError("what the worker says is no answer")


def _findings(rows: JSON, text: str) -> Iterator[Finding]:
    if not isinstance(rows, list):
        raise ValueError("the findings of a text are not a list")
    for row in rows:
        if not isinstance(row, list) or len(row) != 5:
            raise ValueError("a finding does not have five fields")
        yield checked(*row, text=text)
