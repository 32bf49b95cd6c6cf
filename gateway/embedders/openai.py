"""Embeddings from a service with OpenAI's API: OpenAI itself, vLLM, Ollama, TEI and others.

Shapes: https://platform.openai.com/docs/api-reference/embeddings
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

import aiohttp
import orjson
from yarl import URL

from gateway.domain.errors import ConfigurationError, ContextUnavailable
from gateway.domain.facts import Facts
from gateway.domain.json import JSON
from gateway.interfaces import Vector


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenAIEmbedder:
    """Asks `POST base_url/embeddings` for the vectors of texts. Times are in seconds.

    What it is to policies has to be said, as of a provider; what nobody says counts as its worst. Texts go to
    *base_url* only: no proxy from the environment, no redirect, no cookie.
    """

    base_url: str
    """Where the API is: `https://api.openai.com/v1`."""
    model: str
    name: str = "openai"
    """What policies read as `dest.provider`."""
    api_key: str = field(default="", repr=False)
    region: str = ""
    self_hosted: bool = False
    zero_retention: bool = False
    trains_on_data: bool = True
    timeout: float = 30.0
    """How long one call may take in all."""
    batch: int = 128
    """Texts that are sent at a time."""

    def __post_init__(self) -> None:
        if URL(self.base_url).scheme not in ("http", "https") or not URL(self.base_url).host:
            raise ConfigurationError("base_url must begin with http:// or https:// and name a host")
        if not self.timeout > 0 or self.batch < 1:
            raise ConfigurationError("timeout and batch must be more than 0")
        if not (self.api_key.isascii() and self.api_key.isprintable()):
            raise ConfigurationError("api_key must be printable ASCII")

    @property
    def version(self) -> str:
        """The model's name and where it runs: a service does not tell when it exchanges what is behind a name."""
        return f"openai:{URL(self.base_url).host}:{self.model}"

    @cached_property
    def facts(self) -> Facts:
        """What policies read as `dest.…` of a text that is embedded."""
        known = Facts(
            provider=self.name,
            model=self.model,
            self_hosted=self.self_hosted,
            zero_retention=self.zero_retention,
            trains_on_data=self.trains_on_data,
        )
        return known | {"region": self.region} if self.region else known

    async def embed(self, texts: Sequence[str]) -> Sequence[Vector]:
        """Return one unit-length vector for each of *texts*, in order. Raises `ContextUnavailable`."""
        vectors: list[Vector] = []
        for start in range(0, len(texts), self.batch):
            vectors += await self._asked(texts[start : start + self.batch])
        return vectors

    async def aclose(self) -> None:
        """Close pooled connections; a later text opens new ones."""
        session: aiohttp.ClientSession | None = vars(self).pop("_session", None)
        if session is not None:
            await session.close()

    async def _asked(self, texts: Sequence[str]) -> list[Vector]:
        # An empty text is an error to most services, and half a character (a lone surrogate) is no JSON.
        sendable = [text.encode("utf-8", "replace").decode() or " " for text in texts]
        body = orjson.dumps({"model": self.model, "input": sendable, "encoding_format": "float"})
        try:
            async with asyncio.timeout(self.timeout), self._session.post(
                f"{self.base_url.rstrip('/')}/embeddings", data=body, allow_redirects=False
            ) as response:  # fmt: skip
                if response.status != 200:
                    raise self._unavailable(f"answered with status {response.status}")
                return _vectors(orjson.loads(await response.read()), len(texts))
        except TimeoutError:
            raise self._unavailable(f"did not answer within {self.timeout:g} s") from None
        except ValueError:  # the words of a parser's own could show what it has read
            raise self._unavailable("gave an answer that cannot be used") from None
        except (aiohttp.ClientError, OSError) as exc:
            raise self._unavailable("cannot be reached, or broke off its answer") from exc

    def _unavailable(self, what: str) -> ContextUnavailable:
        return ContextUnavailable(f"The embedder {self.name!r} {what}.")

    @cached_property
    def _session(self) -> aiohttp.ClientSession:
        """Made by the first text, since it belongs to the loop that runs then."""
        headers = {"Content-Type": "application/json", "User-Agent": "lineward"}
        if self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        return aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), headers=headers, timeout=aiohttp.ClientTimeout(), trust_env=False
        )


def _vectors(answer: JSON, count: int) -> list[Vector]:
    """Return the vectors that *answer* holds for *count* texts, in their order; raises `ValueError`."""
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list) or len(data) != count:
        raise ValueError
    found: dict[object, Vector] = {}
    for position, item in enumerate(data):
        if not isinstance(item, dict):
            raise ValueError
        found[item.get("index", position)] = _unit(item.get("embedding"))
    if set(found) != set(range(count)) or len({len(vector) for vector in found.values()}) > 1:
        raise ValueError
    return [found[position] for position in range(count)]


def _unit(vector: JSON) -> Vector:
    """Return *vector* at unit length; raises `ValueError` when it is none."""
    if not isinstance(vector, list) or not {*map(type, vector)} <= {float, int}:
        raise ValueError
    numbers = cast("list[float]", vector)
    length = math.hypot(*numbers)
    if not (length > 0 and math.isfinite(length)):
        raise ValueError
    return [number / length for number in numbers]
