"""A detector that is a service of its own, asked over HTTP: Presidio's analyzer, or whatever speaks as plainly.

Two dialects, with offsets in characters (code points) in both:

- `presidio`: `{"text": …, "language": …}` to its `/analyze`, where `text` is a string, or a list when there are more
  (Presidio takes lists since the end of 2025); back come findings, `entity_type`, or a list of them for each text.
  https://microsoft.github.io/presidio/api-docs/api-docs.html
- `lineward`: `{"texts": […], "language": …}`; back comes `{"findings": [[{"entity", "start", "end", "score"}]]}`.

Whatever it says that is not this, or does not say in time, is `GuardUnavailable`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import aiohttp
import orjson
from yarl import URL

from gateway.detectors.batches import batches, size
from gateway.detectors.foreign import checked
from gateway.detectors.room import Room
from gateway.domain.digests import digest
from gateway.domain.errors import ConfigurationError, GuardUnavailable
from gateway.domain.findings import Finding
from gateway.domain.json import JSON, Object

_READ = 65_536


@dataclass(frozen=True, kw_only=True, eq=False)
class HTTPDetector:
    """Asks `POST url` what stands in texts. Times are in seconds.

    Texts go to `url` only: no proxy from the environment, no redirect, no cookie.
    """

    url: str
    """Where to ask, path included: `http://presidio:3000/analyze`."""
    entities: frozenset[str]
    """What it finds, by our names; whatever else it reports is left out."""
    dialect: Literal["presidio", "lineward"]
    names: Mapping[str, str] = field(default_factory=dict)
    """Its own names for entities and ours, where they differ: `{person: PERSON}`."""
    language: str = "en"
    min_score: float = 0.5
    """Findings that are less sure are left out."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request, such as `Authorization`."""
    revision: str = ""
    """What runs there, such as the tag of its image; another one makes remembered findings invalid."""
    timeout: float = 10.0
    """How long a request may take in all, waiting for a connection included."""
    max_connections: int = 8
    max_requests: int = 256
    """How many requests may be waiting or under way; one more is refused at once."""
    max_bytes: int = 16_000_000
    """How long their texts may be in all."""
    batch_bytes: int = 262_144
    """How much is sent at a time; a longer text is not cut."""
    max_answer_bytes: int = 16_000_000

    def __post_init__(self) -> None:
        if self._place.scheme not in ("http", "https") or not self._place.host:
            raise ConfigurationError("url must begin with http:// or https:// and name a host")
        if not self.entities:
            raise ConfigurationError("entities: say which it finds, or nothing that it finds would count")
        if strangers := sorted(set(self.names.values()) - self.entities):
            raise ConfigurationError(f"names: {strangers[0]!r} is not one of the entities")
        if not 0 <= self.min_score <= 1:
            raise ConfigurationError(f"min_score: {self.min_score} is not between 0 and 1")
        for name in ("timeout", "max_connections", "max_requests", "max_bytes", "batch_bytes", "max_answer_bytes"):
            if not getattr(self, name) > 0:
                raise ConfigurationError(f"{name}: {getattr(self, name)} is not more than 0")
        for name, value in self.headers.items():
            if not (value.isascii() and value.isprintable()):  # a line break would begin a header of its own
                raise ConfigurationError(f"headers: {name} must be printable ASCII")

    @property
    def reads_phrases(self) -> bool:
        """`True`: nothing is known of how it reads."""
        return True

    @cached_property
    def version(self) -> str:
        """Where it is, what runs there as far as configured, and a digest of what is asked for."""
        asked = self.dialect, sorted(self.entities), sorted(self.names.items()), self.language, self.min_score
        revision = f"@{self.revision}" if self.revision else ""
        return f"{self._name}{self._place.raw_path}{revision}:{digest(repr(asked))[7:19]}"

    async def prepare(self) -> None:
        """Nothing is to be loaded, and no connection is opened before there is a text."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text, in the order of *texts*; raises `GuardUnavailable` when it cannot look."""
        sent = [text for text in texts if text]
        with self._room.taken(sum(map(size, sent))):
            try:
                async with asyncio.timeout(self.timeout):
                    found = [
                        findings for some in batches(sent, self.batch_bytes) for findings in await self._find(some)
                    ]
            except TimeoutError:
                raise self._unavailable(f"did not answer within {self.timeout:g} s") from None
        each = iter(found)
        return [next(each) if text else [] for text in texts]

    async def aclose(self) -> None:
        """Close pooled connections; a later text opens new ones."""
        session: aiohttp.ClientSession | None = vars(self).pop("_session", None)
        if session is not None:
            await session.close()

    async def _find(self, texts: Sequence[str]) -> list[list[Finding]]:
        body = orjson.dumps(self._question(texts))
        try:
            answer = orjson.loads(await self._answer(body))
            return self._findings(answer, texts)
        except ValueError as exc:
            raise self._unavailable(f"gave an answer that cannot be used: {_said(exc)}") from None
        except (aiohttp.ClientError, OSError) as exc:
            raise self._unavailable("cannot be reached, or broke off its answer") from exc

    async def _answer(self, body: bytes) -> bytes:
        """Return the answer to *body*, asking once more when a connection that was kept open turns out to be closed."""
        try:
            return await self._posted(body)
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            return await self._posted(body)

    async def _posted(self, body: bytes) -> bytes:
        async with self._session.post(self._place, data=body, allow_redirects=False) as response:
            if response.status != 200:
                raise self._unavailable(f"answered with status {response.status}")
            answer = bytearray()
            async for chunk in response.content.iter_chunked(_READ):
                answer += chunk
                if len(answer) > self.max_answer_bytes:
                    raise self._unavailable(f"gave an answer of more than {self.max_answer_bytes} bytes")
            return bytes(answer)

    def _question(self, texts: Sequence[str]) -> Object:
        sendable: list[JSON] = [_sendable(text) for text in texts]
        if self.dialect == "lineward":
            return {"texts": sendable, "language": self.language}
        return {"text": sendable[0] if len(sendable) == 1 else sendable, "language": self.language}

    def _findings(self, answer: JSON, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each of *texts* that *answer* tells; raises `ValueError`."""
        if self.dialect == "lineward":
            lists = answer.get("findings") if isinstance(answer, dict) else None
        else:
            lists = [answer] if len(texts) == 1 else answer
        if not isinstance(lists, list) or len(lists) != len(texts):
            raise ValueError("there is not one list of findings for each text")
        return [self._counting(rows, text) for rows, text in zip(lists, texts, strict=True)]

    def _counting(self, rows: JSON, text: str) -> list[Finding]:
        """Return those of the findings *rows* in *text* that are asked for and sure enough; raises `ValueError`."""
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise ValueError("the findings of a text are not a list of objects")
        findings = [self._finding(row, text) for row in rows if isinstance(row, dict)]
        return [one for one in findings if one.entity in self.entities and one.score >= self.min_score]

    def _finding(self, row: Object, text: str) -> Finding:
        entity = row.get("entity" if self.dialect == "lineward" else "entity_type")
        ours = self.names.get(entity, entity) if isinstance(entity, str) else entity
        return checked(ours, row.get("start"), row.get("end"), row.get("score"), self._name, text=text)

    def _unavailable(self, what: str) -> GuardUnavailable:
        return GuardUnavailable(f"The detector {self._name} {what}.")

    @cached_property
    def _place(self) -> URL:
        return URL(self.url)

    @cached_property
    def _name(self) -> str:
        """Its kind and where it is; a user name or query in its URL is nobody's business."""
        return f"http:{self._place.host}:{self._place.port}"

    @cached_property
    def _room(self) -> Room:
        return Room(self._name, self.max_requests, self.max_bytes)

    @cached_property
    def _session(self) -> aiohttp.ClientSession:
        """Made by the first text, since it belongs to the loop that runs then."""
        fixed = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "lineward"}
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self.max_connections),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={**fixed, **self.headers},
            timeout=aiohttp.ClientTimeout(),
            trust_env=False,
            auto_decompress=False,  # a few bytes could become more than there is memory
        )


def _sendable(text: str) -> str:
    """Return *text* with each lone surrogate, which UTF-8 cannot hold, exchanged for one other character."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _said(error: ValueError) -> str:
    """Return what is wrong; the words of a parser's own could show what it has read."""
    return "it is not JSON" if isinstance(error, orjson.JSONDecodeError) else str(error)
