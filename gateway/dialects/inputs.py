"""What models are given that hold no conversation: a text, several of them, or ids of tokens, which nobody can read."""

import json
from collections.abc import Iterator
from typing import ClassVar

from gateway.dialects import fields
from gateway.dialects.bodies import Bodies, check_has_no_context
from gateway.dialects.fields import HERE, Arrival
from gateway.dialects.texts import readable
from gateway.dialects.typed import mapping
from gateway.domain.chat import ChatRequest, Text
from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON, Object, Path


class Inputs(Bodies):
    """A dialect whose requests are an `input` and no conversation."""

    name: str
    usual: ClassVar[Object] = {}
    """What a request has that does not say otherwise."""

    def parse(self, body: JSON, arrival: Arrival = HERE) -> ChatRequest:
        """Return the request in *body*, a parsed JSON object.

        Raises `BadRequest` with the path of the offending field, `Forbidden` for a field that no caller may set.
        """
        body = mapping(body)
        check(body.get("input"), "input")
        check_has_no_context(body)
        return fields.parse({**self.usual, **body}, self, arrival)

    def texts(self, raw: Object) -> Iterator[Text]:
        """Yield every string of the body *raw* that a provider could read, in order."""
        for name, value in raw.items():
            if name == "input":
                yield from entered(value, ("input",))
            elif name != "model":
                yield from readable({name: value}, (), "other")

    def question(self, raw: Object) -> str:
        """Return the last text of the input."""
        return last_text(raw["input"])


def check(value: JSON, name: str) -> None:
    """Raise `BadRequest` unless *value*, the field *name*, is a text, or a list of texts, parts or ids of tokens."""
    if isinstance(value, str) or _is_ids(value):
        return
    if not isinstance(value, list) or not value or not any(_are(value, kind) for kind in (str, dict, list)):
        raise BadRequest(
            f"'{name}' must be a string, a list of strings, or ids of tokens.", param=name, code="invalid_type"
        )
    for position, item in enumerate(value):
        if isinstance(item, list) and not _is_ids(item):
            param = f"{name}[{position}]"
            raise BadRequest(f"'{param}' must be a list of whole numbers.", param=param, code="invalid_type")


def entered(value: JSON, at: Path) -> Iterator[Text]:
    """Yield the texts in *value*, which stands at *at*; ids of tokens are content that cannot be read."""
    if _is_ids(value):
        yield Text(at, json.dumps(value), "binary")
    elif isinstance(value, list):
        for position, item in enumerate(value):
            if _is_ids(item):
                yield Text((*at, position), json.dumps(item), "binary")
            else:
                yield from readable(item, (*at, position), "user")
    else:
        yield from readable(value, at, "user")


def last_text(value: JSON) -> str:
    """Return the last text in *value*, by which people recognise what was asked; empty when nobody can read it."""
    texts = [text.value for text in entered(value, ("input",)) if text.kind == "user"]
    return texts[-1] if texts else ""


def _is_ids(value: JSON) -> bool:
    return isinstance(value, list) and bool(value) and {type(item) for item in value} == {int}


def _are(values: list[JSON], kind: type) -> bool:
    return all(isinstance(value, kind) for value in values)
