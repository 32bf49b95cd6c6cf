"""OpenAI's moderations.

Shapes: https://platform.openai.com/docs/api-reference/moderations
"""

from collections.abc import Iterator

from gateway.dialects import fields, inputs
from gateway.dialects.bodies import Bodies, check_has_no_context
from gateway.dialects.fields import HERE, Arrival
from gateway.dialects.texts import readable
from gateway.dialects.typed import mapping
from gateway.domain.chat import ChatRequest, Text
from gateway.domain.json import JSON, Object

USUAL_MODEL = "omni-moderation-latest"
"""What OpenAI takes when a request names no model; here it has to be configured like any other."""


class ModerationsDialect(Bodies):
    """`POST /v1/moderations`."""

    name = "moderations"
    path = "/moderations"
    results = frozenset({"results"})

    def parse(self, body: JSON, arrival: Arrival = HERE) -> ChatRequest:
        """Return the request in *body*, a parsed JSON object.

        Raises `BadRequest` with the path of the offending field, `Forbidden` for a field that no caller may set.
        """
        body = mapping(body)
        inputs.check(body.get("input"), "input")
        check_has_no_context(body)
        return fields.parse({"model": USUAL_MODEL, **body}, self, arrival)

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


MODERATIONS = ModerationsDialect()
