"""Fields that requests of every dialect have, and those that speak to the gateway."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import cast

from gateway.dialects.collections import azure, collections_of
from gateway.dialects.documents import context, declared
from gateway.dialects.typed import mapping, names, string
from gateway.domain.chat import ChatRequest, Cites, Dialect, Search
from gateway.domain.digests import Digest
from gateway.domain.errors import BadRequest, Forbidden
from gateway.domain.json import JSON, Object

OWN_FIELDS = frozenset({"documents", "collections", "data_sources", "lineward"})
"""Fields of the body that speak to the gateway."""

FORBIDDEN_FIELDS = frozenset(
    {"api_base", "base_url", "api_key", "api_version", "custom_llm_provider", "extra_headers", "guardrails"}
)
"""Fields by which a caller could choose the upstream, its key or its guards."""

LONGEST_CONVERSATION = 256
"""Characters of a conversation's name."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is known of a request beside its body."""

    digest: Digest = ""
    """Digest of the body as it arrived."""
    collections: AbstractSet[str] = frozenset()
    """Names that a request may use for the gateway's own collections where its dialect has its own kind of search."""
    trace_id: str = ""
    betas: tuple[str, ...] = ()
    """Names in its `anthropic-beta` header."""


HERE = Arrival()


def parse(body: JSON, dialect: Dialect, arrival: Arrival, searches: Sequence[Search] = ()) -> ChatRequest:
    """Return the request in *body*, a parsed JSON object, with *searches* beside those that it asks for itself.

    Raises `BadRequest` with the path of the offending field, `Forbidden` for a field that no caller may set.
    """
    body = mapping(body)
    for name in FORBIDDEN_FIELDS & body.keys():
        raise Forbidden(
            f"{name!r} is decided by the gateway's configuration and cannot be set in a request.",
            param=name,
            code="forbidden_field",
        )
    model = string(body, "model", required=True)
    stream = body.get("stream")
    if not (stream is None or isinstance(stream, bool)):
        raise BadRequest("'stream' must be true or false.", param="stream", code="invalid_type")
    own = body.get("lineward", {})
    if not isinstance(own, dict):
        raise BadRequest("'lineward' must be an object.", param="lineward", code="invalid_type")
    found, foreign = _searches(body, arrival.collections)
    raw = {name: value for name, value in body.items() if name not in OWN_FIELDS}
    if foreign:
        raw["data_sources"] = foreign
    return ChatRequest(
        raw=raw,
        model=model,
        dialect=dialect,
        stream=bool(stream),
        documents=declared(body.get("documents")),
        context=context(own.get("context")),
        searches=(*found, *searches),
        cites=_cites(body, bool(found)),
        purpose=string(own, "purpose", at="lineward."),
        conversation=_conversation(own),
        end_user=string(body, "safety_identifier") or string(body, "user"),
        include=frozenset(names(own.get("include"), "lineward.include")),
        digest=arrival.digest,
        trace_id=arrival.trace_id,
        betas=arrival.betas,
    )


def _conversation(own: Object) -> str:
    name = string(own, "conversation", at="lineward.")
    if len(name) > LONGEST_CONVERSATION:
        param = "lineward.conversation"
        raise BadRequest(f"'{param}' is longer than {LONGEST_CONVERSATION} characters.", param=param, code="too_long")
    return name


def _cites(body: Object, searched: bool) -> frozenset[Cites]:
    """Return how callers expect citations who bring documents as *body* does."""
    cites: set[Cites] = set()
    if body.get("data_sources") and searched:
        cites.add(Cites.CONTEXT)
    documents = body.get("documents")
    if isinstance(documents, list) and any(isinstance(item, dict) and "data" in item for item in documents):
        cites.add(Cites.CITATIONS)
    elif documents or body.get("collections"):
        cites.add(Cites.ANNOTATIONS)
    return frozenset(cites)


def _searches(body: Object, collections: AbstractSet[str]) -> tuple[list[Search], list[JSON]]:
    """Return the searches that *body* asks for, and the data sources that are not ours."""
    searches = collections_of(body.get("collections"), "collections")
    foreign: list[JSON] = []
    sources = body.get("data_sources", [])
    if not isinstance(sources, list):
        raise BadRequest("'data_sources' must be a list.", param="data_sources", code="invalid_type")
    for position, source in enumerate(sources):
        at = f"data_sources[{position}]"
        if not isinstance(source, dict) or not isinstance(source.get("parameters", {}), dict):
            raise BadRequest(f"'{at}' must be an object with 'parameters'.", param=at, code="invalid_type")
        parameters = cast(Object, source.get("parameters", {}))
        name = parameters.get("collection") or parameters.get("index_name")
        if source.get("type") == "lineward" or name in collections:
            if not isinstance(name, str):
                param = f"{at}.parameters.collection"
                raise BadRequest(f"'{param}' must name a collection.", param=param, code="invalid_value")
            searches.append(azure(name, parameters, f"{at}.parameters"))
        else:
            foreign.append(source)
    return searches, foreign
