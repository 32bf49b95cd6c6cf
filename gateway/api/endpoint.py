"""An endpoint that models answer at: a request in, the journey, an answer out, both in the caller's dialect."""

import re
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from gateway.api.auth import Keys
from gateway.api.bodies import parse_json, read_body
from gateway.api.errors import internal
from gateway.api.framing import Framer
from gateway.api.metrics import Metrics
from gateway.api.reply import Reply, send_error
from gateway.dialects.fields import Arrival
from gateway.domain.chat import ChatRequest, Delta
from gateway.domain.digests import digest
from gateway.domain.errors import GatewayError
from gateway.domain.json import JSON
from gateway.domain.principals import Principal, Role
from gateway.identity import Identities
from gateway.lineage.recorder import Head

_BETA = re.compile(r"[\w.-]{1,100}", re.ASCII)
"""A beta's name."""


class Speech(Protocol):
    """The request's half of a dialect."""

    @property
    def name(self) -> str:
        """As metrics name it."""

    @property
    def path(self) -> str:
        """The endpoint's path below the version."""

    def parse(self, body: JSON, arrival: Arrival) -> ChatRequest:
        """Return the request in *body*. Raises `BadRequest` or `Forbidden`."""


class Answers(Protocol):
    """What answers a request: the pipeline."""

    def run(self, request: ChatRequest, principal: Principal) -> AsyncGenerator[Head | Delta, None]:
        """Yield a `Head`, then the answer."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The endpoint as a bare ASGI application: the hot path has no framework in it."""

    speech: Speech
    framer: Framer
    keys: Keys
    pipeline: Answers
    metrics: Metrics
    collections: frozenset[str]
    """Collections that `data_sources` may name."""
    max_body_bytes: int
    identities: Identities | None = None
    """Without one nobody is vouched for, and end users are whom applications name."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        started = time.monotonic()
        application = ""

        def done(status: int, code: str) -> None:
            self.metrics.observe(self.speech.name, application, status, code, time.monotonic() - started)

        try:
            principal = self.keys.authorise(scope, Role.APP)
            application = principal.application
            if self.identities:
                principal = await self.identities.verified(scope["headers"], principal)
            body = await read_body(scope, receive, self.max_body_bytes)
            started = time.monotonic()
            arrival = Arrival(digest(body), self.collections, *_told(scope))
            request = self.speech.parse(parse_json(body), arrival)
        except ClientDisconnect:
            done(499, "client_left")
        except GatewayError as exc:
            done(exc.status, exc.code)
            await send_error(send, exc, self.framer())
        except Exception as exc:
            done(500, "internal_error")
            await send_error(send, internal(exc), self.framer())
        else:
            answer = self.pipeline.run(request, principal)
            reply = Reply(answer, self.framer(), stream=request.stream, done=done)
            await reply(scope, receive, send)


def _told(scope: Scope) -> tuple[str, tuple[str, ...]]:
    """Return what headers tell of the request: its trace id, and the betas that it asks for.

    The trace id is that of `traceparent` (W3C Trace Context, section 3.2), or empty.
    """
    trace_id = ""
    betas: tuple[str, ...] = ()
    for name, value in scope["headers"]:
        if name == b"traceparent":
            parts = value.decode("latin-1").split("-")
            if len(parts) >= 4 and len(parts[1]) == 32 and parts[1].isalnum():
                trace_id = str(parts[1])
        elif name == b"anthropic-beta":
            betas = tuple(filter(_BETA.fullmatch, map(str.strip, value.decode("latin-1").split(","))))
    return trace_id, betas
