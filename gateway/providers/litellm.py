"""All providers that do not speak OpenAI's language, translated by litellm, which is imported nowhere else but here.

litellm costs seconds to import and milliseconds per call, so what speaks OpenAI's language goes through
`providers/openai.py`. It is kept from everything that a configuration did not ask for: price lists and other tables
from the network, `.env` files, proxies, caches, callbacks, retries and fallbacks of its own.
"""

import asyncio
import copy
import importlib
import logging
import os
import re
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Protocol, TypeAlias, cast

from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.errors import ConfigurationError, ProviderFailed
from gateway.domain.json import Object
from gateway.providers.calls import CALLS, Call, shaped, speaks
from gateway.providers.destination import Destination
from gateway.providers.mishaps import meaning
from gateway.providers.parameters import parameters
from gateway.providers.resilience import Circuit, Clock, Resilience

_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS": "True",
    "LITELLM_MODE": "PRODUCTION",  # reads no .env file
    "MAX_IMAGE_URL_DOWNLOAD_SIZE_MB": "0",  # fetches no media
}
_SETTINGS: Mapping[str, object] = {
    "aiohttp_trust_env": False,
    "cache": None,
    "callbacks": [],
    "disable_aiohttp_trust_env": True,
    "disable_hf_tokenizer_download": True,
    "drop_params": False,
    "failure_callback": [],
    "input_callback": [],
    "model_fallbacks": None,
    "modify_params": False,
    "num_retries": None,
    "success_callback": [],
    "suppress_debug_info": True,
    "telemetry": False,
    "turn_off_message_logging": True,
    "use_litellm_proxy": False,
}


class _Piece(Protocol):
    """litellm's model of a body or an event."""

    def model_dump(self, *, exclude_none: bool) -> Object: ...


_Stream: TypeAlias = AsyncIterator[_Piece]


class _LiteLLM(Protocol):
    """What is used of the module."""

    in_memory_llm_clients_cache: "_Cache"
    module_level_aclient: object

    async def acompletion(self, **arguments: object) -> object: ...

    async def aembedding(self, **arguments: object) -> object: ...

    async def arerank(self, **arguments: object) -> object: ...


class _Cache(Protocol):
    cache_dict: Mapping[str, object]


def _library() -> _LiteLLM:
    """Return litellm, imported and restrained. Takes seconds the first time."""
    os.environ.update(_ENVIRONMENT)
    module = importlib.import_module("litellm")  # by name, since a type checker that follows it takes minutes
    for name, value in _SETTINGS.items():
        setattr(module, name, value)
    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)  # it logs requests when its own variable asks for it
    return cast(_LiteLLM, module)


@dataclass(frozen=True, kw_only=True, eq=False)
class LiteLLMProvider(Destination):
    """Answers through any provider that litellm knows. Times are in seconds.

    A body's fields reach litellm only as parameters of its dialect (`providers/calls.py`, `providers/parameters.py`);
    one that the provider does not support is a refusal, never dropped.
    """

    model_prefix: str
    """litellm's name of the provider with a slash, such as `anthropic/` or `bedrock/`."""
    api_key: str = field(default="", repr=False)
    """When empty, litellm looks for credentials where that provider's own tools do, such as the environment."""
    base_url: str = ""
    """When empty, the provider's public address."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    """More arguments for litellm, such as `aws_region_name`, `vertex_project` or `api_version`."""
    connect_timeout: float = 10.0
    idle_timeout: float = 300.0
    """For silence, before and in the middle of an answer."""
    retries: int = 2
    backoff: float = 0.25
    max_wait: float = 10.0
    circuit_failures: int = 5
    circuit_cooldown: float = 30.0

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[^/\s]+/(\S+/)?", self.model_prefix):
            raise ConfigurationError(f"provider {self.name!r}: model_prefix must be a name and a slash: 'anthropic/'")

    @cached_property
    def speaks(self) -> frozenset[str]:
        """Names of the dialects that it is asked in."""
        return speaks(self.model_prefix)

    async def prepare(self) -> None:
        """Load litellm now instead of with the first answer. The event loop goes on running."""
        if "_litellm" not in vars(self):
            await asyncio.to_thread(lambda: self._litellm)

    async def answer(self, request: ChatRequest, model: str) -> AsyncGenerator[Delta, None]:
        """Yield the answer to *request* by *model*, in OpenAI's shapes; see `interfaces.Provider`."""
        call = CALLS[request.dialect.name]
        arguments = self._arguments(request, model, call)
        await self.prepare()
        piece: _Piece | None
        pieces, piece = await self._resilience.call(partial(self._open, call.function, arguments))
        try:
            while piece is not None:
                yield Delta(shaped(piece.model_dump(exclude_none=True)))
                piece = await self._next(pieces)
        except GeneratorExit:
            await _hang_up(pieces)
            raise

    async def aclose(self) -> None:
        """Close pooled connections. litellm pools for the whole process: later answers of any provider connect anew."""
        if "_litellm" in vars(self):
            clients = self._litellm.in_memory_llm_clients_cache.cache_dict.values()
            for client in [*clients, self._litellm.module_level_aclient]:
                await _close_connections(client)

    def _arguments(self, request: ChatRequest, model: str, call: Call) -> dict[str, object]:
        """Return the arguments for litellm; what the configuration says cannot be overridden by a body."""
        key = {"api_key": self.api_key} if self.api_key else {}
        url = {call.address: self.base_url} if self.base_url else {}
        headers = {"extra_headers": dict(self.headers)} if self.headers else {}
        return {
            **parameters(request.raw, call.passed),
            **call.fixed,
            **self.options,
            **key,
            **url,
            **headers,
            "model": self.model_prefix + model,
            "num_retries": 0,
            "max_retries": 0,
            "drop_params": False,
        }

    async def _open(self, function: str, arguments: Mapping[str, object]) -> tuple[_Stream, _Piece]:
        """Return an answer that has begun, and its first piece."""
        try:
            # A copy for each try: what litellm does to its arguments must reach neither the request nor the next try.
            ask = getattr(self._litellm, function)
            reply = await ask(**copy.deepcopy(dict(arguments)), timeout=self._timeout)
        except Exception as error:
            raise self._failure(error) from error
        pieces = cast(_Stream, reply) if arguments.get("stream") else _once(cast(_Piece, reply))
        piece = await self._next(pieces, first=True)
        if piece is None:
            raise ProviderFailed(f"Provider {self.name!r} sent an empty answer.")
        return pieces, piece

    async def _next(self, pieces: _Stream, *, first: bool = False) -> _Piece | None:
        try:
            piece = await anext(pieces, None)
        except Exception as error:
            failure = self._failure(error)
            if first:
                raise failure from error
            raise ProviderFailed(f"Provider {self.name!r} broke off its answer.") from error
        if piece is not None and _is_made_up(pieces, piece):
            raise ProviderFailed(f"Provider {self.name!r} ended its stream in the middle of the answer.")
        return piece

    def _failure(self, error: Exception) -> Exception:
        return meaning(error, self.name, self.api_key)

    @cached_property
    def _litellm(self) -> _LiteLLM:
        return _library()

    @cached_property
    def _timeout(self) -> object:
        httpx = importlib.import_module("httpx")  # litellm's own client, loaded with it
        return httpx.Timeout(self.idle_timeout, connect=self.connect_timeout)

    @cached_property
    def _resilience(self) -> Resilience:
        clock = Clock()
        circuit = Circuit(self.name, failures=self.circuit_failures, cooldown=self.circuit_cooldown, now=clock.now)
        return Resilience(circuit, self.retries, self.backoff, self.max_wait, clock)


async def _once(piece: _Piece) -> AsyncGenerator[_Piece, None]:
    yield piece


async def _hang_up(pieces: _Stream) -> None:
    """Close the connection of an answer that nobody wants any more.

    litellm's own `aclose` leaves it open for some providers; a wait that is cancelled closes it for all.
    """
    with suppress(Exception):  # how a discarded answer fails is nobody's business
        async with asyncio.timeout(0):
            while await anext(pieces, None) is not None:
                pass


async def _close_connections(owner: object) -> None:
    """Close the connections of litellm's *owner* of an httpx client, which opens new ones when it is used again.

    litellm's own function closes the clients for good, but goes on using them.
    """
    client = getattr(owner, "client", None) or getattr(owner, "_client", None)
    close = getattr(getattr(client, "_transport", None), "aclose", None)
    if close is not None:
        await close()


def _is_made_up(pieces: _Stream, piece: _Piece) -> bool:
    """Whether *piece* is the end that litellm makes up for a stream that broke off without a `finish_reason`."""
    choices = getattr(piece, "choices", None)
    if not (choices and getattr(choices[0], "finish_reason", None)):
        return False
    return (
        getattr(pieces, "received_finish_reason", "") is None
        and getattr(pieces, "intermittent_finish_reason", None) is None
    )
