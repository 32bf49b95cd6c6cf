from datetime import UTC, datetime

from gateway.domain.timelines import Span


def test_a_time_alone_makes_it_no_narrower_than_everything():
    assert not Span(since=datetime(2026, 1, 1, tzinfo=UTC)).is_narrow
    assert Span(user="ann").is_narrow
