"""Policies over HTTP: what decides, whether other files are in order, what they would change, and activation.

Rules are written and reviewed as files; none is taken over HTTP into force. `activate` reads the files that lie where
the configuration says, at once instead of within seconds. What is tried is tried on the caller's own tenant.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, cast

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.bodies import parse_json, read_body
from gateway.api.replies import json_response
from gateway.backtesting import Responses, Sets, backtest
from gateway.domain.errors import BadRequest, ConfigurationError, Conflict
from gateway.domain.json import JSON, Object
from gateway.domain.moments import moment
from gateway.domain.principals import Role
from gateway.domain.records import Activation, Span
from gateway.policy.backtest import KEPT
from gateway.policy.cases import cases
from gateway.policy.checking import problems, results
from gateway.policy.engine import PolicySet
from gateway.policy.loading import Loaded, parse
from gateway.policy.rules import Rule

FILES_MAX = 200
"""Policy files of one request."""

RESPONSES_MAX = 100_000
"""Responses that one request decides again, the newest; the command line knows no limit."""

LISTED_MAX = 10_000

_FILES: Object = {
    "type": "object",
    "description": "YAML by file name",
    "additionalProperties": {"type": "string"},
    "minProperties": 1,
    "maxProperties": FILES_MAX,
}
_GET: dict[str, object] = {"security": [{"key": []}]}


def _post(properties: Object, *required: str) -> dict[str, object]:
    schema: Object = {"type": "object", "additionalProperties": False, "properties": properties}
    schema |= {"required": [*required]} if required else {}
    body = {"required": bool(required), "content": {"application/json": {"schema": schema}}}
    return {"security": [{"key": []}], "requestBody": body}


_TRIED: Object = {
    "files": _FILES,
    "since": {"type": "string", "description": "30m, 24h, 7d, 2w ago, a date, or RFC 3339", "default": "7d"},
    "until": {"type": "string"},
    "application": {"type": "string"},
    "enforce": {"type": "boolean", "description": "Try rules in shadow as if they were enforced"},
    "limit": {"type": "integer", "minimum": 0, "maximum": LISTED_MAX, "default": KEPT},
}


class History(Sets, Protocol):
    """Which sets were in force since when."""

    def history(self, *, limit: int, cursor: str = "") -> tuple[Sequence[Activation], str]:
        """Return one page of activations, newest first, and the next page's cursor."""


class InForce(Protocol):
    """The policies that decide."""

    @property
    def current(self) -> PolicySet:
        """Return the active set."""


def policies_router(
    keys: Keys,
    active: InForce,
    activate: Callable[[], Awaitable[tuple[PolicySet, bool]]],
    refused: Callable[[], str],
    history: History,
    responses: Responses,
    accesses: Accesses,
    limit: int,
) -> APIRouter:
    """Return the routes under `/api/v1/policies`.

    *activate* puts the configured files in force; *refused* tells why they are not; *limit* bounds a body in bytes.
    """
    router = APIRouter(prefix="/api/v1/policies", tags=["policies"])
    trying = asyncio.Semaphore(1)

    @router.get("", summary="The policies that decide, and since when", response_model=None, openapi_extra=_GET)
    async def in_force(request: Request, limit: int = Query(20, ge=1, le=500), cursor: str = "") -> Response:
        keys.authorise(request.scope, Role.POLICY_ADMIN, Role.AUDITOR)
        page, following = await run_in_threadpool(lambda: history.history(limit=limit, cursor=cursor))
        told: Object = {**_set(active.current, await run_in_threadpool(history.files, active.current.digest))}
        told["refused"] = refused() or None
        activations = [{"at": one.at, "digest": one.digest, "rules": one.rules, "index": one.index} for one in page]
        return json_response({**told, "activations": cast(JSON, {"data": activations, "cursor": following})})

    @router.post("/check", summary="What is wrong with policy files, and their tests", response_model=None,
                 openapi_extra=_post({"files": _FILES}, "files"))  # fmt: skip
    async def check(request: Request) -> Response:
        keys.authorise(request.scope, Role.POLICY_ADMIN)
        body = _fields(parse_json(await read_body(request.scope, request.receive, limit)), {"files"})
        return json_response(await run_in_threadpool(_checked, _files(body)))

    @router.post("/backtest", summary="Which recorded responses policies would change", response_model=None,
                 openapi_extra=_post(_TRIED))  # fmt: skip
    async def tried(request: Request) -> Response:
        principal = keys.authorise(request.scope, Role.POLICY_ADMIN)
        body = _fields(parse_json(await read_body(request.scope, request.receive, limit)), set(_TRIED))
        candidate = (await run_in_threadpool(_parsed, _files(body))).policies if "files" in body else active.current
        span, keep = _span(body, principal.tenant), _number(body, "limit", KEPT, LISTED_MAX)
        enforce = _switch(body, "enforce")
        if trying.locked():
            raise Conflict("A back-test is running already; try again when it is done.", code="backtest_running")
        async with trying:
            report = await run_in_threadpool(
                lambda: backtest(
                    responses, history, active.current, candidate, span,
                    keep=keep, most=RESPONSES_MAX, enforced=enforce,
                )
            )  # fmt: skip
        await accesses.record(principal, "backtest policies", *(f"response/{one.id}" for one in report.changes[:KEPT]))
        return json_response(report)

    @router.post("/activate", summary="Put the policy files in force as they are now", response_model=None,
                 openapi_extra=_GET)  # fmt: skip
    async def activated(request: Request) -> Response:
        keys.authorise(request.scope, Role.POLICY_ADMIN)
        before = active.current.digest
        try:
            policies, changed = await activate()
        except ConfigurationError as exc:
            raise Conflict(
                f"The policy files are not in order; {before} stays in force. {exc}", code="policies_refused"
            ) from exc
        return json_response({"digest": policies.digest, "rules": len(policies.rules), "changed": changed})

    return router


def _set(policies: PolicySet, files: Mapping[str, str] | None) -> Object:
    tests: dict[str, int] = {}
    if files:
        for case in cases(parse(files)):
            tests[case.rule] = tests.get(case.rule, 0) + 1
    rules = [
        {
            **rule.canonical,
            "file": rule.at.file.rpartition("/")[2],
            "line": rule.at.line,
            "tests": tests.get(rule.id, 0),
        }
        for rule in policies.rules
    ]
    return {"digest": policies.digest, "rules": cast(JSON, rules)}


def _file(rule: Rule) -> str:
    return rule.at.file.rpartition("/")[2]


def _checked(files: Mapping[str, str]) -> Object:
    try:
        loaded = parse(files)
        found, tests = problems(loaded), results(loaded)
    except ConfigurationError as exc:
        return {"problems": [{"message": str(exc), "fatal": True}], "tests": [], "digest": None, "accepted": False}
    failed = any(problem.strict for problem in found) or not all(test.passed for test in tests)
    told = {"problems": found, "tests": tests, "digest": loaded.policies.digest}
    return cast(Object, {**told, "accepted": bool(loaded.policies.rules) and not failed})


def _parsed(files: Mapping[str, str]) -> Loaded:
    try:
        return parse(files)
    except ConfigurationError as exc:
        raise BadRequest(str(exc), param="files", code="invalid_policies") from exc


def _fields(body: JSON, known: set[str]) -> Object:
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.", code="invalid_type")
    if unknown := sorted(body.keys() - known):
        raise BadRequest(f"{unknown[0]!r} is not known here; known are {', '.join(sorted(known))}.", param=unknown[0])
    return body


def _files(body: Object) -> dict[str, str]:
    files = body.get("files")
    if not isinstance(files, dict) or not 0 < len(files) <= FILES_MAX:
        raise BadRequest(
            f"'files' must be 1 to {FILES_MAX} YAML texts by file name.", param="files", code="invalid_type"
        )
    if wrong := [name for name, text in files.items() if not isinstance(text, str)]:
        raise BadRequest(f"The file {wrong[0]!r} must be a text.", param="files", code="invalid_type")
    return cast("dict[str, str]", files)


def _span(body: Object, tenant: str) -> Span:
    now, words = datetime.now(UTC), {name: body.get(name) for name in ("since", "until", "application")}
    for name, value in words.items():
        if value is not None and not isinstance(value, str):
            raise BadRequest(f"{name!r} must be a string.", param=name, code="invalid_type")
    since = moment(str(words["since"] or "7d"), now, "since")
    until = moment(str(words["until"]), now, "until") if words["until"] else None
    return Span(since, until, tenant, str(words["application"] or "") or None)


def _number(body: Object, name: str, usual: int, most: int) -> int:
    value = body.get(name, usual)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise BadRequest(f"{name!r} must be a whole number from 0 to {most}.", param=name, code="invalid_value")
    return value


def _switch(body: Object, name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise BadRequest(f"{name!r} must be true or false.", param=name, code="invalid_type")
    return value
