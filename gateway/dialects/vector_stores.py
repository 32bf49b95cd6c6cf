"""OpenAI's search of a vector store, where the store is one of the gateway's own collections.

Shapes: https://platform.openai.com/docs/api-reference/vector-stores/search
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from gateway.dialects import fields
from gateway.dialects.bodies import Bodies, check_has_no_context
from gateway.dialects.fields import HERE, Arrival
from gateway.dialects.searchfilters import filters, score_threshold
from gateway.dialects.texts import readable
from gateway.dialects.typed import mapping, top_k
from gateway.domain.chat import ChatRequest, Search, Text
from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON, Object, Path

CALLER = "caller"
"""Model of searches that name none: their results are judged as what stays with the application."""

_USUAL_RESULTS = 10
"""How many results OpenAI gives when the caller does not say."""


@dataclass(frozen=True, slots=True)
class SearchDialect(Bodies):
    """`POST /v1/vector_stores/{collection}/search`."""

    collection: str

    name: ClassVar[str] = "vector_stores.search"
    path: ClassVar[str] = "/vector_stores/{collection}/search"
    results: ClassVar[frozenset[str]] = frozenset({"data"})

    def parse(self, body: JSON, arrival: Arrival = HERE) -> ChatRequest:
        """Return the request in *body*, a parsed JSON object.

        *model* is this gateway's own: whom the results are meant for, so that policies judge them as in its prompts.
        Raises `BadRequest` with the path of the offending field, `Forbidden` for a field that no caller may set.
        """
        body = mapping(body)
        query = body.get("query")
        if not isinstance(query, str) and not (isinstance(query, list) and query and _are_texts(query)):
            raise BadRequest("'query' must be a string or a list of strings.", param="query", code="invalid_type")
        wanted = filters(body.get("filters"), "filters")
        score = score_threshold(body.get("ranking_options"), "ranking_options")
        check_has_no_context(body)
        limit = top_k(body.get("max_num_results", _USUAL_RESULTS), "max_num_results")
        search = Search(self.collection, limit, wanted, score)
        return fields.parse({"model": CALLER, **body}, self, arrival, [search])

    def texts(self, raw: Object) -> Iterator[Text]:
        """Yield every string of the body *raw*, in order."""
        for name, value in raw.items():
            if name != "model":
                yield from readable({name: value}, (), "user" if name == "query" else "other")

    def question(self, raw: Object) -> str:
        """Return the query; several are searched for as one."""
        return "\n".join(queries(raw))

    def with_message(self, raw: Object, text: str) -> tuple[Object, Path]:
        """Return *raw* with *text*, what was found, beside the query, and where it stands."""
        return {**raw, "context": text}, ("context",)


def queries(raw: Object) -> list[str]:
    """Return what the body *raw* searches for."""
    query = raw["query"]
    return [item for item in (query if isinstance(query, list) else [query]) if isinstance(item, str)]


def _are_texts(values: list[JSON]) -> bool:
    return all(isinstance(value, str) for value in values)
