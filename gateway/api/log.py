"""The log's evidence: checkpoints, proofs and bundles, in forms that strangers' tools can check.

The log endpoints say nothing about anybody, and answer every key. What concerns a response answers its own tenant.
"""

from base64 import b64encode

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.api.access import Accesses
from gateway.api.auth import Keys
from gateway.api.replies import json_response
from gateway.domain.errors import BadRequest, NotFound
from gateway.domain.json import Object
from gateway.domain.principals import Principal, Role
from gateway.lineage.bundles import Log, gather, sealed
from gateway.lineage.checkpoints import Checkpoint
from gateway.lineage.merkle import leaf_hash
from gateway.lineage.notes import Note, Signer
from gateway.lineage.proofs import consistency_proof, head_at, inclusion_proof


def log_router(keys: Keys, log: Log, signer: Signer | None, accesses: Accesses) -> APIRouter:
    """Return the routes under `/api/v1` that prove what *log* holds; *signer* signs bundles."""
    router = APIRouter(prefix="/api/v1", tags=["evidence"])

    def reader(request: Request) -> Principal:
        return keys.authorise(request.scope, Role.RESPONDER, Role.AUDITOR)

    @router.get("/log/checkpoint", summary="The newest signed checkpoint of the log", response_model=None)
    async def checkpoint(request: Request, size: int | None = Query(None, ge=1, lt=1 << 62)) -> Response:
        keys.authenticate(request.scope)
        note = await run_in_threadpool(log.checkpoint, size)
        if "text/plain" in request.headers.get("accept", ""):
            return Response(str(note), media_type="text/plain; charset=utf-8")
        known = await run_in_threadpool(log.keys)
        return json_response({**_told(note), "keys": [str(key) for key in known]})

    @router.get("/log/proof/inclusion", summary="That an entry is in the log", response_model=None)
    async def inclusion(
        request: Request, index: int = Query(ge=0, lt=1 << 62), size: int | None = Query(None, ge=1, lt=1 << 62)
    ) -> Response:
        keys.authenticate(request.scope)
        return json_response(await run_in_threadpool(_inclusion, log, index, size))

    @router.get("/log/proof/consistency", summary="That the log has only grown", response_model=None)
    async def consistency(
        request: Request,
        earlier: int = Query(alias="from", ge=1, lt=1 << 62),
        later: int | None = Query(None, alias="to", ge=1, lt=1 << 62),
    ) -> Response:
        keys.authenticate(request.scope)
        return json_response(await run_in_threadpool(_consistency, log, earlier, later))

    @router.get("/responses/{id}/proof", summary="That a response's record is in the log", response_model=None)
    async def proof(request: Request, id: str) -> Response:
        return json_response(await run_in_threadpool(_proof, log, id, reader(request).tenant))

    @router.get("/responses/{id}/bundle", summary="All evidence of a response, signed", response_model=None)
    async def bundle(request: Request, id: str) -> Response:
        who = reader(request)
        data = await run_in_threadpool(lambda: sealed(gather(log, id, who.tenant), signer))
        await accesses.record(who, "export bundle", f"response/{id}")
        headers = {"content-disposition": 'attachment; filename="lineward-evidence.json"'}
        return Response(data, headers=headers, media_type="application/vnd.dsse.envelope.v1+json")

    return router


def _inclusion(log: Log, index: int, size: int | None) -> Object:
    note = log.checkpoint()
    newest = Checkpoint.parse(note.text).head.size
    size = _sized(size, newest, "size")
    if index >= size:
        raise NotFound(f"The log had no entry {index} when it had {size}.", code="entry_not_found")
    path = inclusion_proof(log, index, size).path
    told: Object = {"index": index, "size": size, "path": [b64encode(node).decode() for node in path]}
    return {**told, "root": b64encode(head_at(log, size).root).decode(), "checkpoint": str(note)}


def _consistency(log: Log, earlier: int, later: int | None) -> Object:
    note = log.checkpoint()
    later = _sized(later, Checkpoint.parse(note.text).head.size, "to")
    if earlier > later:
        raise BadRequest(f"'from' ({earlier}) is more than 'to' ({later}).", param="from")
    path = consistency_proof(log, earlier, later)
    return {
        "from": earlier,
        "to": later,
        "path": [b64encode(node).decode() for node in path],
        "from_root": b64encode(head_at(log, earlier).root).decode(),
        "to_root": b64encode(head_at(log, later).root).decode(),
        "checkpoint": str(note),
    }


def _proof(log: Log, id: str, tenant: str) -> Object:
    bundle = gather(log, id, tenant)
    return {
        "id": id,
        "checkpoint": str(bundle.checkpoint),
        "entries": [
            {
                "index": entry.index,
                "type": entry.type,
                "leaf": entry.leaf.decode(),
                "leaf_hash": b64encode(leaf_hash(entry.leaf)).decode(),
                "path": [b64encode(node).decode() for node in inclusion.path],
            }
            for entry, inclusion in bundle.entries
        ],
    }


def _sized(size: int | None, newest: int, name: str) -> int:
    if size is not None and size > newest:
        raise BadRequest(f"The log has {newest} entries, not {size}.", param=name)
    return newest if size is None else size


def _told(note: Note) -> Object:
    checkpoint = Checkpoint.parse(note.text)
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.head.size,
        "root": b64encode(checkpoint.head.root).decode(),
        "signed": bool(note.signatures),
        "note": str(note),
    }
