from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from gateway.api.moments import Moment

READ = TypeAdapter(Moment)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("2026-11-30T12:00:00Z", datetime(2026, 11, 30, 12, tzinfo=UTC)),
        ("2026-11-30T12:00:00+01:00", datetime(2026, 11, 30, 11, tzinfo=UTC)),
        ("2026-11-30T12:00:00 01:00", datetime(2026, 11, 30, 11, tzinfo=UTC)),
        ("2026-11-30T12:00:00.5 0100", datetime(2026, 11, 30, 11, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-30T12:00:00", datetime(2026, 11, 30, 12, tzinfo=UTC)),
        ("2026-11-30 12:00", datetime(2026, 11, 30, 12, tzinfo=UTC)),
        (None, None),
    ],
)
def test_a_moment_of_a_query_has_an_offset_however_it_was_written(given, named):
    """A plus sign that nobody escaped arrives as a space."""
    assert READ.validate_python(given) == named


def test_what_is_none_is_refused_with_what_would_be():
    with pytest.raises(ValidationError, match=r"It must be how long ago .* a date, or a time such as"):
        READ.validate_python("yesterday")
