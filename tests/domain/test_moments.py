from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.errors import BadRequest
from gateway.domain.moments import moment

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("30m", NOW - timedelta(minutes=30)),
        ("24h", NOW - timedelta(days=1)),
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(days=14)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T06:00:00Z", datetime(2026, 11, 1, 6, tzinfo=UTC)),
        ("2026-11-01T06:00:00+02:00", datetime(2026, 11, 1, 4, tzinfo=UTC)),
        ("2026-11-01T06:00:00", datetime(2026, 11, 1, 6, tzinfo=UTC)),
        ("2026-11-01 06:00:00", datetime(2026, 11, 1, 6, tzinfo=UTC)),
    ],
)
def test_a_moment_is_named_as_people_do(text, named):
    assert moment(text, NOW, "since") == named


@pytest.mark.parametrize("text", ["", "7", "7x", "yesterday", "-7d", "999999w", "2026-11-01T25:00:00", "2026-13-01"])
def test_what_names_no_moment_is_refused_with_what_would(text):
    with pytest.raises(BadRequest, match="7d") as caught:
        moment(text, NOW, "since")

    assert caught.value.param == "since"
