"""The journey of an OpenLineage event into the log: understood, authorised, recorded once, in force from then on."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

import orjson

from gateway.domain.digests import derived_id
from gateway.domain.errors import BadRequest, Forbidden, GatewayError
from gateway.domain.json import JSON
from gateway.domain.openlineage import OpenLineageEvent, parse
from gateway.domain.principals import Principal, Role
from gateway.domain.runs import LineageReported, RunEvent, RunState


class Log(Protocol):
    """Where the record is written."""

    def append(self, events: Sequence[RunEvent]) -> Awaitable[object]:
        """Hand over *events*; what is returned is done when they are durable."""


@dataclass(frozen=True, slots=True)
class Received:
    """What became of one event."""

    id: str
    """Under which the log has it; the same event has the same id, however often it comes. Empty if it was refused."""
    error: GatewayError | None = None


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes the events that other systems report."""

    log: Log
    heard: Callable[[], None] = lambda: None
    """Told when new lineage is durable, so that what was remembered of the old is forgotten."""

    async def receive(self, events: Sequence[JSON], principal: Principal) -> Sequence[Received]:
        """Record *events*, all at once, and return what became of each: refused ones do not keep others out.

        A key may only report about namespaces that it is authorised for, with every dataset and job of the event: who
        can forge lineage can forge evidence. Raises `LineageUnavailable` when nothing can be recorded.
        """
        prepared = [_prepared(event, principal) for event in events]
        new = {one.id: one for one in prepared if isinstance(one, RunEvent)}
        if new:
            await self.log.append([*new.values()])
            self.heard()
        return [Received(one.id) if isinstance(one, RunEvent) else Received("", one) for one in prepared]


def _prepared(event: JSON, principal: Principal) -> RunEvent | GatewayError:
    try:
        _authorise(parse(event), principal)
        canonical, written = orjson.dumps(event, option=orjson.OPT_SORT_KEYS), orjson.dumps(event)
    except orjson.JSONEncodeError:
        return BadRequest("The event is nested too deeply.", code="invalid_lineage")
    except GatewayError as exc:
        return exc
    body = LineageReported(principal.application, written.decode("utf-8"))
    name = derived_id(f"{principal.tenant}\n".encode() + canonical)
    return RunEvent(name, RunState.COMPLETE, body, principal.tenant, name)


def _authorise(event: OpenLineageEvent, principal: Principal) -> None:
    if Role.ADMIN in principal.roles:
        return
    for namespace, place in event.namespaces():
        if not any(fnmatchcase(namespace, pattern) for pattern in principal.lineage_namespaces):
            raise Forbidden(
                f"The application {principal.application!r} may not report about the namespace {namespace!r}: "
                "it is none of its lineage_namespaces.",
                param=place,
                code="namespace_not_allowed",
            )
