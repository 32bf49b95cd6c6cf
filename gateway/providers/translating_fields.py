"""The fields of a body, one by one in another dialect; one without translation is refused, never left out unseen."""

from collections.abc import Callable, Mapping, Set

from gateway.domain.json import JSON, Object
from gateway.providers.translating_messages_content import unsupported

Translate = Callable[[JSON], Object]
"""Returns what stands for a field's value."""


def chat_fields(raw: Object, told: Set[str], fields: Mapping[str, Translate]) -> Object:
    """Return what *fields* make of those of the body *raw* of which *told* does not tell, for a chat completion.

    Raises `ProviderRefused` (400) for a field without translation, rather than answering as if it were not there.
    """
    body: Object = {}
    for name, value in raw.items():
        if value is None or name in told:
            continue
        translate = fields.get(name)
        if translate is None:
            raise unsupported((name,))
        body.update(translate(value))
    if raw.get("stream"):
        body["stream_options"] = {"include_usage": True}
    return body


def named(name: str) -> Translate:
    """Return what leaves a value as it is, in the field *name*."""
    return lambda value: {name: value}


def left_out(_: JSON) -> Object:
    """Return nothing: what to store, to cache or to think is the provider's own business."""
    return {}
