"""OpenAI's completions: a prompt that is gone on with, without roles.

Shapes: https://platform.openai.com/docs/api-reference/completions
"""

from collections.abc import Iterator
from dataclasses import replace

from gateway.dialects import fields, inputs
from gateway.dialects.choices import Choices
from gateway.dialects.fields import HERE, Arrival
from gateway.dialects.texts import readable
from gateway.dialects.typed import mapping
from gateway.domain.chat import ChatRequest, Delta, Fragment, Part, Text
from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON, Object, Path


class CompletionsDialect(Choices):
    """`POST /v1/completions`.

    Events of a stream look like whole answers here, so that there is one of these for each: *streams* tells which.
    """

    name = "completions"
    path = "/completions"

    def __init__(self, *, streams: bool) -> None:
        self._streams = streams

    def parse(self, body: JSON, arrival: Arrival = HERE) -> ChatRequest:
        """Return the request in *body*, a parsed JSON object.

        Raises `BadRequest` with the path of the offending field, `Forbidden` for a field that no caller may set.
        """
        prompt = mapping(body).get("prompt")
        inputs.check(prompt, "prompt")
        request = fields.parse(body, self, arrival)
        if not isinstance(prompt, str) and (request.documents or request.searches):
            raise _one_prompt()
        return replace(request, dialect=STREAMED) if request.stream else request

    def texts(self, raw: Object) -> Iterator[Text]:
        """Yield every string of the body *raw* that a provider could read, in order."""
        for name, value in raw.items():
            if name == "prompt":
                yield from inputs.entered(value, ("prompt",))
            elif name != "model":
                yield from readable({name: value}, (), "other")

    def question(self, raw: Object) -> str:
        """Return the prompt, the last one of several."""
        return inputs.last_text(raw["prompt"])

    def with_message(self, raw: Object, text: str) -> tuple[Object, Path]:
        """Return *raw* with *text* before its prompt, and where it stands.

        Raises `BadRequest` when there are several prompts.
        """
        prompt = raw["prompt"]
        if not isinstance(prompt, str):
            raise _one_prompt()
        return {**raw, "prompt": f"{text}\n\n{prompt}"}, ("prompt",)

    def _read(self, delta: Delta) -> tuple[list[Fragment], list[Part]]:
        fragments, parts = super()._read(delta)
        if not self._streams:
            parts = [replace(part, over=True) for part in parts]
        delta.read = fragments, parts
        return delta.read


COMPLETIONS = CompletionsDialect(streams=False)
STREAMED = CompletionsDialect(streams=True)


def _one_prompt() -> BadRequest:
    return BadRequest("Documents can be put before one prompt that is a string, not into several, or ids of tokens.",
                      param="prompt", code="invalid_type")  # fmt: skip
