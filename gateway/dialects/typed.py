"""Fields of a body, read as what they must be: anything else is a `BadRequest` that names the field."""

from typing import cast

from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON, Object


def mapping(body: JSON) -> Object:
    """Return *body*; raises `BadRequest` unless it is a JSON object."""
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.", code="invalid_body")
    return body


def string(body: Object, name: str, *, required: bool = False, at: str = "") -> str:
    """Return the string *name* of *body*, empty when it is not there; *at* is where *body* stands."""
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value):
        raise BadRequest(f"'{at}{name}' must be a string.", param=at + name, code="invalid_type")
    return value


def names(value: JSON, param: str) -> list[str]:
    """Return the list of strings *value*, empty when it is not there."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadRequest(f"'{param}' must be a list of strings.", param=param, code="invalid_type")
    return cast("list[str]", value)


def top_k(value: JSON, param: str) -> int:
    """Return how many chunks are wanted."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 50:
        raise BadRequest(f"'{param}' must be a whole number from 1 to 50.", param=param, code="invalid_value")
    return value
