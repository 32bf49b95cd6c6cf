"""Rerankings, as Cohere, Jina, Voyage and vLLM speak them: documents in, an order of their positions out.

Each document is a chunk that the caller declares, whole and in place. One that a policy drops is not sent at all, so
that it is not counted in `top_n` either; results name the others by their positions in the caller's list
(`providers/ranking.py`).

Shapes: https://docs.cohere.com/reference/rerank and https://api.jina.ai/redoc
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from gateway.dialects import fields
from gateway.dialects.bodies import Bodies, check_is_whole
from gateway.dialects.documents import declared
from gateway.dialects.fields import HERE, Arrival
from gateway.dialects.texts import readable
from gateway.dialects.typed import mapping, string
from gateway.domain.chat import ChatRequest, Text
from gateway.domain.documents import Chunk
from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON, Object, Path, strings

_OURS = "labels"
"""A document's field that speaks to the gateway's policies, not to the provider."""


class RerankDialect(Bodies):
    """`POST /v1/rerank`."""

    name = "rerank"
    path = "/rerank"
    results = frozenset({"results", "data"})

    def parse(self, body: JSON, arrival: Arrival = HERE) -> ChatRequest:
        """Return the request in *body*, a parsed JSON object.

        Raises `BadRequest` with the path of the offending field, `Forbidden` for a field that no caller may set.
        """
        body = mapping(body)
        check_is_whole(body)
        if not isinstance(body.get("query"), dict):  # some rank pictures, too
            string(body, "query", required=True)
        documents = body.get("documents")
        if not isinstance(documents, list) or not documents:
            raise BadRequest("'documents' must be a list of at least one document.", param="documents",
                             code="invalid_type")  # fmt: skip
        if body.get("collections") or body.get("data_sources"):
            raise BadRequest("Collections cannot be ranked here; search them, or send 'documents'.",
                             param="documents", code="unsupported_parameter")  # fmt: skip
        chunks = tuple(_chunk(chunk, documents) for chunk in declared([_described(item) for item in documents]))
        request = fields.parse({name: value for name, value in body.items() if name != "documents"}, self, arrival)
        return replace(request, raw={**request.raw, "documents": [_sent(item) for item in documents]}, documents=chunks)

    def texts(self, raw: Object) -> Iterator[Text]:
        """Yield every string of the body *raw* that a provider could read, in order."""
        for name, value in raw.items():
            if name != "model":
                yield from readable({name: value}, (), "user" if name == "query" else "other")

    def withheld(self, block: JSON, notice: str) -> JSON:
        """Return null: a document that may not be sent is left out on the way to the provider."""
        return None

    def question(self, raw: Object) -> str:
        """Return the query."""
        query = raw["query"]
        return query if isinstance(query, str) else "\n".join(text for _, text in strings(query))


RERANK = RerankDialect()


def _described(item: JSON) -> JSON:
    """Return *item* as a document with a `text`: without one of that name, all its strings are its text."""
    if isinstance(item, dict) and not isinstance(item.get("data"), dict) and "text" not in item:
        text = "\n".join(text for name, value in item.items() if name != _OURS for _, text in strings(value))
        known = {name: item[name] for name in ("id", "title", "url", _OURS) if name in item}
        return {**known, "text": text}
    return item


def _chunk(chunk: Chunk, documents: list[JSON]) -> Chunk:
    """Return *chunk*, one of *documents*, as it stands in the request."""
    position = cast(int, chunk.path[1])
    at: Path = ("documents", position)
    item = documents[position]
    if isinstance(item, str):
        return replace(chunk, path=at, block=at, spans=((0, len(item)),))
    if isinstance(item, dict) and "text" in item:
        return replace(chunk, block=at, spans=((0, len(chunk.text)),))
    return replace(chunk, path=at, block=at)


def _sent(item: JSON) -> JSON:
    """Return *item* as the provider gets it."""
    return {name: value for name, value in item.items() if name != _OURS} if isinstance(item, dict) else item
