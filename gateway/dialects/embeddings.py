"""OpenAI's embeddings. A vector, as numbers or as base64, is no text: it is neither judged nor changed.

Shapes: https://platform.openai.com/docs/api-reference/embeddings
"""

import base64
import binascii
from collections.abc import Iterator

from gateway.dialects import fields, inputs
from gateway.dialects.bodies import Bodies, check_has_no_context
from gateway.dialects.fields import HERE, Arrival
from gateway.dialects.texts import readable
from gateway.dialects.typed import mapping
from gateway.domain.chat import ChatRequest, Text
from gateway.domain.json import JSON, Object, Path, strings


class EmbeddingsDialect(Bodies):
    """`POST /v1/embeddings`."""

    name = "embeddings"
    path = "/embeddings"
    results = frozenset({"data"})

    def parse(self, body: JSON, arrival: Arrival = HERE) -> ChatRequest:
        """Return the request in *body*, a parsed JSON object.

        Raises `BadRequest` with the path of the offending field, `Forbidden` for a field that no caller may set.
        """
        body = mapping(body)
        inputs.check(body.get("input"), "input")
        check_has_no_context(body)
        return fields.parse(body, self, arrival)

    def texts(self, raw: Object) -> Iterator[Text]:
        """Yield every string of the body *raw* that a provider could read, in order."""
        for name, value in raw.items():
            if name == "input":
                yield from inputs.entered(value, ("input",))
            elif name != "model":
                yield from readable({name: value}, (), "other")

    def question(self, raw: Object) -> str:
        """Return the last text of the input."""
        return inputs.last_text(raw["input"])

    def texts_of(self, raw: Object) -> Iterator[tuple[Path, str]]:
        """Yield the strings of the answer *raw* that are no vectors."""
        data = raw.get("data")
        yield from super().texts_of({name: value for name, value in raw.items() if name != "data"})
        for position, item in enumerate(data if isinstance(data, list) else ()):
            for name, value in item.items() if isinstance(item, dict) else ():
                vector = name == "embedding" and _is_vector(value)
                if not vector and not (name == "object" and value == "embedding"):
                    yield from strings(value, ("data", position, name))
            if not isinstance(item, dict):
                yield from strings(item, ("data", position))


EMBEDDINGS = EmbeddingsDialect()


def _is_vector(value: JSON) -> bool:
    """Return whether *value* is nothing but numbers: a list, or the base64 of 32-bit floats."""
    if isinstance(value, list):
        return {*map(type, value)} <= {float, int}
    if not isinstance(value, str):
        return False
    try:
        return len(base64.b64decode(value, validate=True)) % 4 == 0
    except (binascii.Error, ValueError):
        return False
