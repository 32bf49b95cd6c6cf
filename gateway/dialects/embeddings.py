"""OpenAI's embeddings. A vector, as numbers or as base64, is no text: it is neither judged nor changed.

Shapes: https://platform.openai.com/docs/api-reference/embeddings
"""

import base64
import binascii
from collections.abc import Iterator

from gateway.dialects.inputs import Inputs
from gateway.domain.json import JSON, Object, Path, strings


class EmbeddingsDialect(Inputs):
    """`POST /v1/embeddings`."""

    name = "embeddings"
    path = "/embeddings"
    results = frozenset({"data"})

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
