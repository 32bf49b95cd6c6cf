"""Points in time in a query: as people name them, and as clients write them."""

import re
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from gateway.domain.errors import BadRequest
from gateway.domain.moments import moment

_SPACED = re.compile(r"(?<=T..:..)(.*) (?=..:?..$)")
"""A `+` before a UTC offset that was not escaped in an address arrives as a space."""


def _read(given: object) -> object:
    if not isinstance(given, str):
        return given
    try:
        return moment(_SPACED.sub(r"\1+", given), datetime.now(UTC), "it")
    except BadRequest as exc:
        raise PydanticCustomError(
            "moment", "{wrong}", {"wrong": exc.message.replace("'it'", "It").rstrip(".")}
        ) from None


Moment = Annotated[
    datetime | None,
    BeforeValidator(_read),
    Query(description="How long ago (`30m`, `24h`, `7d`, `2w`), a date, or a time; without an offset it is in UTC"),
]
