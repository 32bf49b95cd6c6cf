"""Points in time as people name them: a date, a time, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

from gateway.domain.errors import BadRequest

_AGO = re.compile(r"([0-9]{1,6})(m|h|d|w)")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(text: str, now: datetime, param: str) -> datetime:
    """Return the moment that *text* names: `7d` ago, `24h`, `90m`, `2w`, a date, or a time (RFC 3339).

    A time without a UTC offset is in UTC, as all times are that people are shown.
    Raises `BadRequest`, which names *param*, for anything else.
    """
    wrong = BadRequest(
        f"{param!r} must be how long ago (30m, 24h, 7d, 2w), a date, or a time such as 2026-11-30T12:00:00+01:00.",
        param=param,
        code="invalid_value",
    )
    try:
        if ago := _AGO.fullmatch(text):
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        read = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise wrong from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
