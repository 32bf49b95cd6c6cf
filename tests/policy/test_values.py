from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents import How
from gateway.policy.attributes import Attribute, Kind
from gateway.policy.values import timestamp, typed

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RAW = st.one_of(
    st.text(max_size=5), st.integers(-3, 3), st.floats(), st.booleans(), st.datetimes(), st.lists(st.text()).map(tuple)
)


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (Kind.STRING, "a", "a"),
        (Kind.STRING, How.DECLARED, "declared"),
        (Kind.STRING, 1, None),
        (Kind.STRING, ("a",), None),
        (Kind.INT, 7, 7),
        (Kind.INT, 7.0, 7),
        (Kind.INT, 7.5, None),
        (Kind.INT, "7", None),
        (Kind.DOUBLE, 1, 1.0),
        (Kind.DOUBLE, float("nan"), None),
        (Kind.DOUBLE, 10**400, None),
        (Kind.BOOL, False, False),
        (Kind.BOOL, 1, True),
        (Kind.BOOL, 2, None),
        (Kind.BOOL, "true", None),
        (Kind.TIMESTAMP, "2026-03-01T12:00:00Z", NOON),
        (Kind.TIMESTAMP, "2026-03-01T13:00:00+01:00", NOON),
        (Kind.TIMESTAMP, "2026-03-01", NOON - timedelta(hours=12)),
        (Kind.TIMESTAMP, "2026-03-01T12:00:00", None),
        (Kind.TIMESTAMP, "0001-01-01T00:00:00+23:00", None),
        (Kind.TIMESTAMP, "soon", None),
        (Kind.TIMESTAMP, NOON.astimezone(timezone(timedelta(hours=5))), NOON),
        (Kind.TIMESTAMP, datetime(2026, 3, 1, 12), None),
        (Kind.TIMESTAMP, 1772366400, None),
        (Kind.LIST, ("a", "b"), ("a", "b")),
        (Kind.LIST, (), ()),
        (Kind.LIST, "a", None),
    ],
)
def test_a_label_is_read_as_the_declared_type_or_not_at_all(kind, raw, value):
    result = typed(Attribute("chunk.x", kind))(raw)

    assert result == value
    assert type(result) is type(value)


def test_a_string_with_choices_is_one_of_them():
    read = typed(Attribute("chunk.x", Kind.STRING, choices=("low", "high")))

    assert [read("low"), read("medium"), read(1)] == ["low", None, None]


@given(raw=RAW, other=RAW, kind=st.sampled_from(Kind))
def test_equal_raw_values_are_read_alike(raw, other, kind):
    """Facts that are equal share one remembered decision, so they must mean the same."""
    read = typed(Attribute("chunk.x", kind))
    if raw == other:
        assert read(raw) == read(other)
    if isinstance(raw, bool):
        assert read(raw) == read(int(raw)) == read(float(raw))


OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=OFFSETS))
def test_a_moment_survives_rfc_3339_to_the_microsecond(moment):
    assert timestamp(moment.isoformat()) == moment
    assert typed(Attribute("chunk.x", Kind.TIMESTAMP))(moment) == moment


@given(st.text(alphabet="0123456789-:TtZz+. W", max_size=30))
def test_whatever_looks_like_a_time_is_read_or_refused(text):
    moment = timestamp(text)

    assert moment is None or moment.tzinfo is UTC
