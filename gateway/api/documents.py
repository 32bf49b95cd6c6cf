"""The catalogue over HTTP: documents come in, are listed, and tell their versions and sources.

Whatever is asked or added is the tenant's whose key asks.
"""

from collections.abc import Callable, Sequence
from typing import cast

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.bodies import parse_json, read_body
from gateway.api.replies import json_response
from gateway.domain.described import DECLARED, described
from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest, Forbidden, NotFound
from gateway.domain.json import JSON, Object
from gateway.domain.labels import SourceLabels
from gateway.domain.principals import Principal, Role
from gateway.domain.records import SourceRecord
from gateway.entering import Entered, Report
from gateway.ingest import Ingestor
from gateway.interfaces import Ledger

DOCUMENTS_MAX = 1_000
"""Documents of one request."""

OF_SOURCE = "The document's source, namespace/name; else that which changed it last is told, and `others` has the rest"

_TEXT: Object = {"type": "string"}
_BODY: Object = {
    "type": "object",
    "required": ["documents"],
    "additionalProperties": False,
    "properties": {
        "collection": {"type": "string", "description": "Where they can be searched; else they are registered only"},
        "documents": {
            "type": "array",
            "minItems": 1,
            "maxItems": DOCUMENTS_MAX,
            "items": {
                "type": "object",
                "required": ["id", "text"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": ["string", "integer"]},
                    "text": _TEXT,
                    "title": _TEXT,
                    "url": _TEXT,
                    "source": {"type": "string", "description": "OpenLineage namespace/name"},
                    "version": _TEXT,
                    "labels": {"type": "object"},
                },
            },
        },
    },
}
_POST: dict[str, object] = {
    "security": [{"key": []}],
    "requestBody": {"required": True, "content": {"application/json": {"schema": _BODY}}},
}
_GET: dict[str, object] = {"security": [{"key": []}]}


def documents_router(
    keys: Keys, ledger: Ledger, accesses: Accesses, ingestor: Callable[[], Ingestor], labels: SourceLabels, limit: int
) -> APIRouter:
    """Return the routes of the catalogue under `/api/v1`.

    *ingestor* gives what brings documents in under the policies that decide now, *labels* are those of registered
    sources, *limit* bounds a body in bytes.
    """
    router = APIRouter(prefix="/api/v1", tags=["catalogue"])

    def reader(request: Request) -> Principal:
        return keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)

    @router.post("/documents", summary="Register documents", response_model=None, openapi_extra=_POST)
    async def register(request: Request) -> Response:
        principal = keys.authorise(request.scope, Role.APP)
        collection, documents = _submitted(parse_json(await read_body(request.scope, request.receive, limit)))
        _check(collection, principal)
        entered: list[Entered] = []
        report = await ingestor().ingest(documents, collection, principal, progress=entered.append)
        return json_response(_told(report, collection, documents, entered))

    @router.get("/documents", summary="List documents, newest first", response_model=None, openapi_extra=_GET)
    async def documents(
        request: Request, source: str = "", q: str = "", limit: int = Query(50, ge=1, le=500), cursor: str = ""
    ) -> Response:
        who, named = reader(request), Source.parse(source) if source else None
        page, following = await run_in_threadpool(
            ledger.documents, who.tenant, source=named, text=q, limit=limit, cursor=cursor
        )
        await accesses.record(who, "list documents", *(f"document/{one.id}" for one in page), query=q)
        return json_response({"data": page, "cursor": following})

    @router.get(
        "/documents/{id:path}/versions", summary="Versions of a document", response_model=None, openapi_extra=_GET
    )
    async def versions(request: Request, id: str, source: str = Query("", description=OF_SOURCE)) -> Response:
        who, named = reader(request), Source.parse(source) if source else None
        found = await run_in_threadpool(ledger.document, id, who.tenant, named)
        if found is None:
            raise NotFound(f"No document {id!r} is known for your tenant.", code="document_not_found")
        await accesses.record(who, "read versions", f"document/{id}")
        told = {"id": found.id, "source": found.source, "data": found.versions, "others": found.others}
        return json_response(told)

    @router.get("/sources", summary="List the sources of documents", response_model=None, openapi_extra=_GET)
    async def sources(request: Request) -> Response:
        who = reader(request)
        found = await run_in_threadpool(ledger.sources, who.tenant)
        await accesses.record(who, "list sources")
        return json_response({"data": [_source(one, labels) for one in found]})

    return router


def _submitted(body: JSON) -> tuple[str, list[Document]]:
    """Return the collection that *body* names, and its documents. Raises `BadRequest`."""
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object with 'documents'.", code="invalid_type")
    if unknown := sorted(body.keys() - {"collection", "documents"}):
        raise BadRequest(f"{unknown[0]!r} is not known here; known are collection, documents.", param=unknown[0])
    collection, items = body.get("collection") or "", body.get("documents")
    if not isinstance(collection, str):
        raise BadRequest("'collection' must be a string.", param="collection", code="invalid_type")
    if not isinstance(items, list) or not 0 < len(items) <= DOCUMENTS_MAX:
        sentence = f"'documents' must be a list of 1 to {DOCUMENTS_MAX} documents."
        raise BadRequest(sentence, param="documents", code="invalid_type")
    places = [f"documents[{position}]" for position in range(len(items))]
    return collection, [
        described(item, DECLARED, place, param=place) for item, place in zip(items, places, strict=True)
    ]


def _check(collection: str, principal: Principal) -> None:
    """Raise `Forbidden` unless *principal* may write into *collection*; whether there is such a one is not told."""
    if collection and collection not in principal.collections and Role.ADMIN not in principal.roles:
        raise Forbidden(
            f"The application {principal.application!r} may not add to the collection {collection!r}.",
            param="collection",
            code="collection_not_allowed",
        )


def _told(report: Report, collection: str, documents: Sequence[Document], entered: Sequence[Entered]) -> Object:
    """Return what the caller is told of each of *documents*, in their order."""
    return {
        "run": report.run,
        "collection": collection or None,
        "outcomes": dict(report.outcomes),
        "chunks": report.chunks,
        "documents": [_outcome(one, became) for one, became in zip(documents, entered, strict=True)],
    }


def _outcome(document: Document, became: Entered) -> Object:
    told: Object = {"id": document.id, "source": str(document.source), "version": document.version}
    if isinstance(became, BadRequest):
        return {**told, "outcome": "unreadable", "reason": became.message}
    told["outcome"] = became.outcome
    if became.outcome in ("refused", "quarantined"):
        return {**told, "reason": became.reason, "rule": became.rule, "owner": became.owner}
    return {**told, "chunks": len(became.chunks), "labels": cast(JSON, became.document.labels)}


def _source(found: SourceRecord, labels: SourceLabels) -> Object:
    source = Source(found.namespace, found.name)
    defaults = labels.of(source)
    return {
        "namespace": found.namespace,
        "name": found.name,
        "documents": found.documents,
        "at": cast(JSON, found.at),
        "registered": source in labels,
        "labels": cast(JSON, defaults),
        "owner": cast(JSON, defaults.get("owner")),
    }
