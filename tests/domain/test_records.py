from datetime import UTC, datetime

from gateway.domain.records import Impact, ImpactEntry


def test_an_impact_without_a_cursor_is_the_last_page():
    entry = ImpactEntry("r", datetime(2026, 1, 1, tzinfo=UTC), "bot", "", (), None)

    assert Impact("a.md", [entry], 1, {"sent": 1}, {"bot": 1}, {}).cursor == ""
