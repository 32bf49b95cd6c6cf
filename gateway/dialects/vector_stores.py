"""OpenAI's search of a vector store, where the store is one of the gateway's own collections.

Shapes: https://platform.openai.com/docs/api-reference/vector-stores/search
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from gateway.dialects import fields
from gateway.dialects.bodies import Bodies, check_has_no_context
from gateway.dialects.fields import HERE, Arrival
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
        if body.get("filters"):
            raise BadRequest("Filters are not understood for a search of this gateway's own collections.",
                             param="filters", code="unsupported_parameter")  # fmt: skip
        _check_ranking(body.get("ranking_options"))
        check_has_no_context(body)
        limit = top_k(body.get("max_num_results", _USUAL_RESULTS), "max_num_results")
        return fields.parse({"model": CALLER, **body}, self, arrival, [Search(self.collection, limit)])

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


def _check_ranking(options: JSON) -> None:
    """Raise `BadRequest` for a wish that is not fulfilled."""
    if options is None:
        return
    if not isinstance(options, dict):
        raise BadRequest("'ranking_options' must be an object.", param="ranking_options", code="invalid_type")
    if options.get("score_threshold"):
        param = "ranking_options.score_threshold"
        raise BadRequest(f"'{param}' is not understood here; leave it out.", param=param, code="unsupported_parameter")
