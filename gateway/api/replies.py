"""Typed values as JSON replies of the control plane."""

from collections.abc import Mapping

import orjson
from starlette.responses import Response

from gateway.api.errors import error_bytes, error_headers
from gateway.domain.errors import GatewayError


def json_bytes(value: object, *, indent: bool = False) -> bytes:
    """Return *value*, made of the domain's dataclasses, as JSON."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_INDENT_2 if indent else None)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def json_response(value: object) -> Response:
    """Return *value* as a 200 reply."""
    return Response(json_bytes(value), media_type="application/json")


def error_response(error: GatewayError) -> Response:
    """Return the error object of *error* with its status and headers."""
    headers = {name.decode(): value.decode("latin-1") for name, value in error_headers(error)}
    return Response(error_bytes(error), status_code=error.status, headers=headers)
