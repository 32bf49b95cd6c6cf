"""OpenAI's moderations.

Shapes: https://platform.openai.com/docs/api-reference/moderations
"""

from typing import ClassVar

from gateway.dialects.inputs import Inputs
from gateway.domain.json import Object

USUAL_MODEL = "omni-moderation-latest"
"""What OpenAI takes when a request names no model; here it has to be configured like any other."""


class ModerationsDialect(Inputs):
    """`POST /v1/moderations`."""

    name = "moderations"
    path = "/moderations"
    results = frozenset({"results"})
    usual: ClassVar[Object] = {"model": USUAL_MODEL}


MODERATIONS = ModerationsDialect()
