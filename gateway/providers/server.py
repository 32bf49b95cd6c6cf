"""A provider that is one HTTP server, spoken to directly with aiohttp in a dialect of its own."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial

import aiohttp
import orjson
from yarl import URL

from gateway.domain.chat import ChatRequest, Delta, Dialect
from gateway.domain.errors import ConfigurationError, ProviderFailed
from gateway.domain.json import Object
from gateway.providers.answers import Reader, Stream, Whole
from gateway.providers.destination import Destination
from gateway.providers.patience import Patience
from gateway.providers.refusals import complaint, refusal
from gateway.providers.resilience import Circuit, Clock, Passing, Resilience

_MOST_OF_AN_ERROR = 65_536
_SETTLE = 0.02


@dataclass(frozen=True, kw_only=True, eq=False)
class Server(Destination):
    """Answers through `POST {base_url}` and the path of the request's dialect. Times are in seconds.

    Connections are pooled, kept alive, and go to `base_url` only: no proxy from the environment, no redirect. Nor is
    any cookie kept.
    """

    base_url: str
    """Up to and including the version, such as `https://api.openai.com/v1`; a query stays."""
    api_key: str = field(default="", repr=False)
    """Sent as `credentials` say; no such header when empty."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every request, such as Azure's `api-key` or `OpenAI-Organization`."""
    connect_timeout: float = 10.0
    first_byte_timeout: float = 300.0
    """For silence before the answer begins: a whole answer is silent for as long as the model thinks."""
    idle_timeout: float = 120.0
    """For silence once it has begun."""
    max_bytes: int = 16_777_216
    """The longest event, and the longest body."""
    max_connections: int = 0
    """0 is no limit; otherwise waiting for a connection counts as connecting."""
    retries: int = 2
    backoff: float = 0.25
    max_wait: float = 10.0
    circuit_failures: int = 5
    """Failures in a row after which the provider is left alone; 0 is never."""
    circuit_cooldown: float = 30.0

    def __post_init__(self) -> None:
        if URL(self.base_url).scheme not in ("http", "https"):
            raise ConfigurationError(f"provider {self.name!r}: base_url must begin with http:// or https://")
        for name, value in {**self.protocol, **self.headers, "api_key": self.api_key}.items():
            if not (value.isascii() and value.isprintable()):  # a line break would begin a header of its own
                raise ConfigurationError(f"provider {self.name!r}: {name} must be printable ASCII")

    @property
    def credentials(self) -> Mapping[str, str]:
        """Headers that carry `api_key`, which is not empty: a bearer token."""
        return {"Authorization": f"Bearer {self.api_key}"}

    @property
    def protocol(self) -> Mapping[str, str]:
        """Headers that tell which form of the API is spoken."""
        return {}

    def asked(self, request: ChatRequest) -> Mapping[str, str]:
        """Return the headers that *request* brings besides those of every request."""
        return {}

    async def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        """Yield the answer to *request* by *model* as it arrives; see `interfaces.Provider` and, of events, `bursts`.

        Nothing is read ahead of the caller: one that does not ask for more slows the provider down.
        """
        body = _encoded({**request.raw, "model": model})
        opened = partial(self._open, self._url(request.dialect.path), body, self.asked(request))
        response, chunk = await self._resilience.call(opened)
        patience = Patience(response.content, self.idle_timeout)
        try:
            reader = self._reader(response, request.dialect)
            while chunk:
                for delta in reader.feed(chunk):
                    yield delta
                if reader.done:
                    break
                chunk = await self._more(patience)
            for delta in reader.finish():
                yield delta
            await _settle(response)
        finally:
            patience.close()
            response.close()  # a no-op once all was read and the connection is back in its pool

    async def aclose(self) -> None:
        """Close pooled connections; a later answer opens new ones."""
        session: aiohttp.ClientSession | None = vars(self).pop("_session", None)
        if session is not None:
            await session.close()

    async def _open(self, url: URL, body: bytes, more: Mapping[str, str]) -> tuple[aiohttp.ClientResponse, bytes]:
        """Return a response that has begun, and its first bytes."""
        try:
            response = await self._session.post(url, data=body, headers=more, allow_redirects=False)
            try:
                if response.status != 200:
                    raise await self._refusal(response)
                chunk = await response.content.readany()
            except BaseException:
                response.close()
                raise
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Passing(self._failed(error)) from error
        _stop_timer(response)
        return response, chunk

    async def _more(self, patience: Patience) -> bytes:
        try:
            return await patience.more()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._failed(error) from error

    async def _refusal(self, response: aiohttp.ClientResponse) -> Exception:
        """Return the error that the *response* means: passing when another try is worth it."""
        said = complaint(await _beginning(response))
        retry_after = response.headers.get("Retry-After")
        failure = refusal(self.name, response.status, said, retry_after=retry_after, secret=self.api_key)
        if response.status == 429 or response.status >= 500:
            return Passing(failure, retry_after=retry_after, is_outage=response.status != 429)
        return failure

    def _reader(self, response: aiohttp.ClientResponse, dialect: Dialect) -> Reader:
        if response.headers.get("Content-Type", "").lower().startswith("text/event-stream"):
            return Stream(self.name, self.max_bytes, dialect)
        return Whole(self.name, self.max_bytes, dialect)

    def _failed(self, error: Exception) -> ProviderFailed:
        return ProviderFailed(f"Provider {self.name!r} {_what_happened(error)}.")

    @cached_property
    def _session(self) -> aiohttp.ClientSession:
        """Made by the first answer, since it belongs to the loop that runs then."""
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self.max_connections, ttl_dns_cache=300, keepalive_timeout=60),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=None, connect=self.connect_timeout, sock_read=self.first_byte_timeout),
            trust_env=False,
        )

    @cached_property
    def _headers(self) -> dict[str, str]:
        # Uncompressed, since compression holds back events.
        fixed = {"Content-Type": "application/json", "Accept-Encoding": "identity", "User-Agent": "lineward"}
        return {**fixed, **self.protocol, **(self.credentials if self.api_key else {}), **self.headers}

    @cached_property
    def _urls(self) -> dict[str, URL]:
        """Address of each path that was asked for."""
        return {}

    def _url(self, path: str) -> URL:
        url = self._urls.get(path)
        if url is None:
            base = URL(self.base_url)
            url = self._urls[path] = base.with_path(base.path.rstrip("/") + path, keep_query=True)
        return url

    @cached_property
    def _resilience(self) -> Resilience:
        clock = Clock()
        circuit = Circuit(self.name, failures=self.circuit_failures, cooldown=self.circuit_cooldown, now=clock.now)
        return Resilience(circuit, self.retries, self.backoff, self.max_wait, clock)


def _encoded(body: Object) -> bytes:
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:  # lone surrogates and whole numbers past 64 bits are JSON, too
        return json.dumps(body).encode("ascii")


def _stop_timer(response: aiohttp.ClientResponse) -> None:
    """End the time limit for the first byte."""
    protocol = response.connection.protocol if response.connection else None
    if protocol is not None:
        protocol.read_timeout = None
        protocol.start_timeout()


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    body = b""
    while len(body) < _MOST_OF_AN_ERROR and (chunk := await response.content.readany()):
        body += chunk
    return body


async def _settle(response: aiohttp.ClientResponse) -> None:
    """Wait a moment for the end of a complete answer, so that its connection can be used again."""
    if not response.content.is_eof():
        with suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with asyncio.timeout(_SETTLE):
                await response.content.readany()


def _what_happened(error: Exception) -> str:
    """Return *error* as the end of a sentence; its own text would name addresses."""
    if isinstance(error, aiohttp.ConnectionTimeoutError | aiohttp.ClientConnectorError):
        return "cannot be reached"
    if isinstance(error, TimeoutError):
        return "was silent for too long"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "broke off its answer"
    if isinstance(error, aiohttp.ServerDisconnectedError | OSError):
        return "closed the connection"
    return "did not answer in HTTP"
