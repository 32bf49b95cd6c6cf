"""Searches of the gateway's own collections, as requests of every dialect ask for them."""

from gateway.dialects.searchfilters import filters, score_threshold
from gateway.dialects.typed import string, top_k
from gateway.domain.chat import Search
from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON, Object

STRICTEST = 5
"""Azure's `strictness` goes from 1, where every result counts, to this."""

_USUAL_RESULTS = 5


def collections_of(value: JSON, param: str) -> list[Search]:
    """Return the searches that *value*, the field *param*, asks for: names, or objects that say more.

    An object has `name`, and what it likes of `top_k`, `filters` (as OpenAI's vector stores take them) and
    `score_threshold`. Raises `BadRequest` with the path of what is wrong.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadRequest(f"'{param}' must be a list.", param=param, code="invalid_type")
    return [_search(one, f"{param}[{position}]") for position, one in enumerate(value)]


def azure(name: str, parameters: Object, param: str) -> Search:
    """Return the search of the collection *name* that the *parameters* of an Azure data source ask for.

    `filter` is an object as OpenAI's vector stores take them: a filter that cannot be read must not be passed over.
    Raises `BadRequest`.
    """
    wanted = parameters.get("filter")
    if isinstance(wanted, str):
        raise BadRequest(
            f"'{param}.filter' is text; here a filter is an object, such as "
            '{"type": "eq", "key": "classification", "value": "public"}.',
            param=f"{param}.filter",
            code="unsupported_parameter",
        )
    limit = top_k(parameters.get("top_n_documents", _USUAL_RESULTS), f"{param}.top_n_documents")
    return Search(name, limit, filters(wanted, f"{param}.filter"), _threshold(parameters, f"{param}.strictness"))


def _search(value: JSON, param: str) -> Search:
    if isinstance(value, str) and value:
        return Search(value)
    if not isinstance(value, dict):
        raise BadRequest(
            f"'{param}' must be a collection's name, or an object with 'name'.", param=param, code="invalid_type"
        )
    name = string(value, "name", required=True, at=f"{param}.")
    limit = top_k(value.get("top_k", _USUAL_RESULTS), f"{param}.top_k")
    return Search(name, limit, filters(value.get("filters"), f"{param}.filters"), score_threshold(value, param))


def _threshold(parameters: Object, param: str) -> float:
    strictness = parameters.get("strictness")
    if strictness is None:
        return 0.0
    if isinstance(strictness, bool) or not isinstance(strictness, int) or not 1 <= strictness <= STRICTEST:
        raise BadRequest(f"'{param}' must be a number from 1 to {STRICTEST}.", param=param, code="invalid_value")
    return (strictness - 1) / STRICTEST
