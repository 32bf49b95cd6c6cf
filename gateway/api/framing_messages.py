"""How answers and errors are written down for callers of Anthropic's messages.

Shapes: https://docs.anthropic.com/en/api/errors
"""

import orjson

from gateway.api.errors import error_detail
from gateway.api.framing import json_of
from gateway.domain.chat import Delta
from gateway.domain.errors import GatewayError
from gateway.domain.json import Object

_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""HTTP status to the type of an error; any other 4xx is an invalid request, any other 5xx the API's own failure."""


class MessagesFraming:
    """Anthropic's messages: events with names, and no event that only says that there is no other."""

    def event(self, delta: Delta) -> bytes:
        """Return *delta* as an event under the name of its type."""
        kind = delta.raw.get("type")
        name = kind if isinstance(kind, str) and kind.isidentifier() else "message"
        return b"event: %b\ndata: %b\n\n" % (name.encode(), json_of(delta))

    def end(self) -> bytes:
        """Return nothing: `message_stop` has been the end."""
        return b""

    def lineage(self, lineage: Object) -> bytes:
        """Return *lineage* as an event of a name that Anthropic's clients do not know and pass over."""
        told: Object = {"type": "lineward", "lineward": lineage}
        return b"event: lineward\ndata: %b\n\n" % orjson.dumps(told)

    def broken(self, error: GatewayError) -> bytes:
        """Return *error* as the event that Anthropic's clients raise."""
        return b"event: error\ndata: %b\n\n" % self.refusal(error)

    def refusal(self, error: GatewayError) -> bytes:
        """Return Anthropic's error object, with Lineward's own fields beside the message."""
        kept = {name: value for name, value in error_detail(error).items() if value is not None}
        told: Object = {"type": "error", "error": {**kept, "type": _type(error.status)}}
        if error.response_id:
            told["request_id"] = error.response_id
        return orjson.dumps(told)


def _type(status: int) -> str:
    return _TYPES.get(status) or ("invalid_request_error" if status < 500 else "api_error")
