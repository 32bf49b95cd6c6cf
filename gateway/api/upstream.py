"""Back to source systems, and down from them to who was fed by a dataset or a run."""

from collections.abc import Callable, Sequence

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.lineage import Marked
from gateway.api.replies import json_response
from gateway.domain.errors import NotFound
from gateway.domain.principals import Role
from gateway.domain.subjects import Kind, Subject
from gateway.exporters.prov import provenance
from gateway.interfaces import Ledger
from gateway.reaching import Reach
from gateway.upstream import UpstreamRecord, Upstreams

_LIMIT = Query(50, ge=1, le=500)
_GET: dict[str, object] = {"security": [{"key": []}]}


def upstream_router(
    keys: Keys, ledger: Ledger, upstreams: Upstreams, reach: Reach, accesses: Accesses, marked: Marked
) -> APIRouter:
    """Return the routes under `/api/v1` that lead upstream and down again, for the caller's own tenant only.

    *marked* tells which chunks an answer is attributed to.
    """
    router = APIRouter(prefix="/api/v1", tags=["openlineage"])

    @router.get(
        "/responses/{id}/upstream", summary="Source systems and runs behind a response", response_model=None,
        openapi_extra=_GET,
    )  # fmt: skip
    async def response(request: Request, id: str) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        found = await run_in_threadpool(upstreams.of_response, id, who.tenant)
        if found is None:
            raise NotFound(f"No response {id!r} is recorded for your tenant.", code="response_not_found")
        await accesses.record(who, "read upstream", f"response/{id}")
        return json_response(found)

    @router.get(
        "/responses/{id}/prov", summary="The record of a response as PROV-JSON", response_model=None,
        openapi_extra=_GET,
    )  # fmt: skip
    async def prov(request: Request, id: str) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        record = await run_in_threadpool(ledger.response, id, who.tenant)
        if record is None:
            raise NotFound(f"No response {id!r} is recorded for your tenant.", code="response_not_found")
        await accesses.record(who, "export prov", f"response/{id}")
        return json_response(provenance(await run_in_threadpool(marked, record)))

    async def told(
        request: Request, kind: str, id: str, ask: Callable[[str, str | None], Sequence[UpstreamRecord]]
    ) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        found = await run_in_threadpool(ask, id, who.tenant)
        if not found:
            raise NotFound(f"No {kind} {id!r} is known for your tenant.", code=f"{kind}_not_found")
        await accesses.record(who, "read upstream", f"{kind}/{id}")
        return json_response(found[0])

    @router.get(
        "/documents/{id:path}/upstream", summary="Source systems and runs behind a document", response_model=None,
        openapi_extra=_GET,
    )  # fmt: skip
    async def document(request: Request, id: str) -> Response:
        return await told(request, "document", id, upstreams.of_document)

    @router.get(
        "/sources/{id:path}/upstream", summary="Source systems and runs behind a source", response_model=None,
        openapi_extra=_GET,
    )  # fmt: skip
    async def source(request: Request, id: str) -> Response:
        return await told(request, "source", id, upstreams.of_source)

    @router.get(
        "/datasets/{id:path}/upstream", summary="Source systems and runs behind a dataset", response_model=None,
        openapi_extra=_GET,
    )  # fmt: skip
    async def dataset(request: Request, id: str) -> Response:
        return await told(request, "dataset", id, upstreams.of_source)

    async def impact(request: Request, subject: Subject, limit: int, cursor: str) -> Response:
        who = keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)
        found = await run_in_threadpool(reach.impact, subject, who.tenant, limit=limit, cursor=cursor)
        if found is None:
            raise NotFound(
                f"No {subject.kind} {subject.id!r} was reported for your tenant.", code=f"{subject.kind}_not_found"
            )
        await accesses.record(who, "read impact", str(subject))
        return json_response(found)

    @router.get(
        "/datasets/{id:path}/impact", summary="Who was fed by a dataset upstream", response_model=None,
        openapi_extra=_GET,
    )  # fmt: skip
    async def of_dataset(request: Request, id: str, limit: int = _LIMIT, cursor: str = "") -> Response:
        return await impact(request, Subject(Kind.DATASET, id), limit, cursor)

    @router.get("/runs/{id}/impact", summary="Who was fed by what a run wrote", response_model=None, openapi_extra=_GET)
    async def of_run(request: Request, id: str, limit: int = _LIMIT, cursor: str = "") -> Response:
        return await impact(request, Subject(Kind.RUN, id.lower()), limit, cursor)

    return router
