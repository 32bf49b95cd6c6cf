"""The leaf of an event: what the Merkle tree swears to, in commitments only.

A leaf says who could know what without saying what: ids, times, names of models and rules in plain words, and for
everything that could identify a person or hold content a commitment, `HMAC-SHA256(salt, tag || length || bytes)`. The
secret behind the salts stands in an erasable place: once it is gone nobody can test a guess, and every proof about the
log still holds: the leaf is stored, and can do without what it was derived from.

A leaf is canonical JSON (RFC 8785). It holds strings, integers, lists and objects with ASCII names, and for such
values sorted compact JSON as `orjson` writes it is the canonical form. Format 1; `v` would change with it.
"""

import math
import os
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import blake2b, sha256

import orjson

from gateway.domain.decisions import Decision
from gateway.domain.principals import Principal
from gateway.domain.runs import (
    Accessed,
    Anchored,
    Breached,
    Edge,
    Embedding,
    Erased,
    Held,
    IncidentChanged,
    Ingestion,
    Intent,
    KeyActivated,
    LineageReported,
    Outcome,
    Quarantined,
    RunEvent,
    Traced,
)

SECRET_SIZE = 16
"""Bytes of the secret behind the salts of an event.

Nobody tries 2^128 of them, and the salts made of it (keyed BLAKE2b, 32 bytes) bind as before: a commitment opens to one
value because SHA-256 does, however long the secret is. Those of 32 bytes that earlier builds drew stay valid.
"""

CHUNKS_MAX = 256
"""Chunks that a leaf lists one by one. More are covered by the commitment to the detail (a leaf is small)."""

_NAME_MAX = 200
"""Characters of a caller's own word, such as a model's name, that a leaf repeats."""

_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))
_INNER_REST = b"\x36" * 32
_OUTER_REST = b"\x5c" * 32


def draw() -> bytes:
    """Return a new secret for one event, from which the salt of each of its fields is made."""
    return os.urandom(SECRET_SIZE)


def salt(secret: bytes, tag: bytes, position: int = 0) -> bytes:
    """Return the salt of the field *tag*, or of the one at *position* among several of that name.

    Keyed BLAKE2b of the field's name: one salt says nothing about another, so each can be disclosed, or kept when the
    *secret* is erased, alone. (Random salts side by side would be a tenth of all that is stored of a response.)
    """
    return blake2b(tag + position.to_bytes(4, "big"), digest_size=32, key=secret).digest()


def commitment(salt: bytes, tag: bytes, data: bytes) -> str:
    """Return the commitment to *data* with a *salt* of 32 bytes, in hexadecimal digits.

    HMAC-SHA256 written out (RFC 2104): for a key that fits one block that takes half the time of the library's, and
    there are ten of them in a response.
    """
    inner = sha256(salt.translate(_INNER) + _INNER_REST + tag + len(data).to_bytes(8, "big") + data).digest()
    return sha256(salt.translate(_OUTER) + _OUTER_REST + inner).hexdigest()


def leaf(event: RunEvent, detail: bytes, catalogue: bytes, secret: bytes) -> bytes:
    """Return the leaf of *event*, whose body is stored as *detail* and whose salts are made of *secret*.

    *catalogue* is what the event added to the catalogue, as stored; empty when it added nothing. Raises `ValueError`
    for a number beyond 64 bits.
    """
    body = event.body
    commit = {"detail": _commitment(secret, b"detail", detail)}
    if catalogue:
        commit["catalogue"] = _commitment(secret, b"catalogue", catalogue)
    entry: dict[str, object] = {
        "v": 1,
        "type": event.type,
        "id": _plain(event.id),
        "run": _plain(event.run),
        "state": event.state._value_,
        "ts": timestamp(event.at),
        "tenant": _plain(event.tenant),
        "commit": commit,
    }
    if isinstance(body, Intent):
        _intent(entry, commit, body, secret)
    elif isinstance(body, Outcome):
        _outcome(entry, commit, body, secret)
    elif isinstance(body, Ingestion):
        _ingestion(entry, commit, body, secret)
    elif isinstance(body, Accessed):
        _access(entry, commit, body, secret)
    elif isinstance(body, Quarantined):
        commit["document"] = _commitment(secret, b"document", _named(str(body.source), body.document))
        entry["quarantine"] = {"released": body.released, "rule": _plain(body.rule)}
    elif isinstance(body, IncidentChanged):
        commit["principal"] = _commitment(secret, b"principal", _who(body.principal))
        entry["app"] = _plain(body.principal.application)
        entry["incident"] = {"id": _plain(body.incident), "step": body.step._value_, "items": len(body.items)}
    elif isinstance(body, KeyActivated):
        entry["key"] = {"signs": _plain(body.key), "retires": [_plain(key) for key in body.retires]}
    elif isinstance(body, Anchored):
        entry["anchor"] = {"size": body.size, "root": _plain(body.root)}
    elif isinstance(body, Embedding):
        _embedding(entry, commit, body, secret)
    elif isinstance(body, LineageReported):
        entry["app"] = _plain(body.application)
    elif isinstance(body, Traced):
        entry["chunks"] = [_chunk(edge, position, secret) for position, edge in enumerate(body.edges[:CHUNKS_MAX])]
        entry["policy"] = {"digest": _plain(body.policy), "rules": _rules(edge.decision for edge in body.edges)}
    elif isinstance(body, Held):
        commit["principal"] = _commitment(secret, b"principal", _who(body.principal))
        entry["hold"] = {"action": _word(body.action), "kind": _word(body.kind)}
    elif isinstance(body, Erased):
        commit["principal"] = _commitment(secret, b"principal", _who(body.principal))
        entry["erasure"] = {"kind": _word(body.kind), "entries": len(body.entries), "texts": body.texts}
    elif isinstance(body, Breached):
        entry["breach"] = {
            "response": _plain(body.response),
            "chunks": len(body.chunks),
            **({"late": True} if body.late else {}),
        }
    else:
        entry["policy"] = {"digest": _plain(body.digest)}
    try:
        return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as exc:
        raise ValueError(f"this {event.type} holds a number beyond 64 bits") from exc


def timestamp(at: datetime) -> str:
    """Return *at* in RFC 3339, UTC, with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def _intent(entry: dict[str, object], commit: dict[str, str], body: Intent, secret: bytes) -> None:
    commit["principal"] = _commitment(secret, b"principal", _who(body.principal))
    commit["prompt"] = _commitment(secret, b"prompt", _bytes(body.request))
    entry["app"] = _plain(body.principal.application)
    entry["purpose"] = _plain(body.principal.purpose)
    entry["model"] = {"request": _word(body.model), "provider": _plain(body.provider)}
    entry["chunks"] = [_chunk(edge, position, secret) for position, edge in enumerate(body.edges[:CHUNKS_MAX])]
    entry["policy"] = {
        "digest": _plain(body.policy),
        "decision": _effect(body.decisions),
        "rules": _rules([*body.decisions, *(edge.decision for edge in body.edges), *_passed(body)]),
    }


def _outcome(entry: dict[str, object], commit: dict[str, str], body: Outcome, secret: bytes) -> None:
    if body.released is not None:
        commit["answer"] = _commitment(secret, b"answer", _bytes(body.released))
    entry["model"] = {"response": _word(body.model), "provider": _plain(body.provider)}
    entry["policy"] = {"decision": _plain(body.decision), "rules": _rules(body.decisions)}


def _ingestion(entry: dict[str, object], commit: dict[str, str], body: Ingestion, secret: bytes) -> None:
    commit["principal"] = _commitment(secret, b"principal", _who(body.principal))
    entry["app"] = _plain(body.principal.application)
    entry["documents"] = len(body.documents)
    entry["policy"] = {"decision": _effect(body.decisions), "rules": _rules(body.decisions)}


def _access(entry: dict[str, object], commit: dict[str, str], body: Accessed, secret: bytes) -> None:
    commit["principal"] = _commitment(secret, b"principal", _who(body.principal))
    if body.query:
        commit["query"] = _commitment(secret, b"query", _bytes(body.query))
    entry["app"] = _plain(body.principal.application)
    entry["access"] = {"action": _word(body.action), "subjects": len(body.subjects)}


def _embedding(entry: dict[str, object], commit: dict[str, str], body: Embedding, secret: bytes) -> None:
    commit["principal"] = _commitment(secret, b"principal", _who(body.principal))
    commit["text"] = _commitment(secret, b"text", _bytes(body.text))
    entry["app"] = _plain(body.principal.application)
    entry["purpose"] = _plain(body.principal.purpose)
    entry["model"] = {"request": _word(body.model), "provider": _plain(body.provider)}
    entry["policy"] = {
        "digest": _plain(body.policy),
        "decision": _effect(body.decisions),
        "rules": _rules(body.decisions),
    }


def _chunk(edge: Edge, position: int, secret: bytes) -> dict[str, str | int]:
    chunk = edge.chunk
    entry: dict[str, str | int] = {
        "c": commitment(salt(secret, b"chunk", position), b"chunk", _bytes(chunk.digest)),
        "rank": chunk.rank,
        "state": edge.state._value_,
        "how": chunk.how._value_,
    }
    if chunk.score is not None and math.isfinite(chunk.score):
        entry["score"] = f"{chunk.score:.4f}"
    return entry


def _commitment(secret: bytes, field: bytes, data: bytes) -> str:
    return commitment(salt(secret, field), field, data)


def _effect(decisions: Sequence[Decision]) -> str:
    """The most restrictive effect of *decisions*; `allow` without any."""
    return min((decision.effect for decision in decisions), key=lambda e: e.severity).value if decisions else "allow"


def _passed(body: Intent) -> list[Decision]:
    """The decisions for which destinations were passed over."""
    return [attempt.decision for attempt in body.attempts if attempt.decision]


def _rules(decisions: Iterable[Decision]) -> list[str]:
    """The rules that acted, each once, in alphabetical order."""
    return sorted({_plain(hit.rule) for decision in decisions for hit in decision.enforced})


def _who(principal: Principal) -> bytes:
    """The person and the application, as bytes that no other pair of them has."""
    return _named(principal.tenant, principal.application, principal.end_user)


def _named(*parts: str) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in map(_bytes, parts))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _plain(text: str) -> str:
    """*text* as canonical JSON can carry it: without lone surrogates."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _word(text: str) -> str:
    """A caller's own word, which must not make the leaf long."""
    return _plain(text[:_NAME_MAX])
