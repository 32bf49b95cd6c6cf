from gateway.api.metrics import Metrics
from gateway.domain.records import Lag


def test_replies_are_counted_by_what_came_of_them():
    metrics = Metrics()

    metrics.observe("chat.completions", "bot", 200, "", 0.01)
    metrics.observe("chat.completions", "bot", 403, "policy_violation", 0.01)

    text = metrics.expose(queued=3, healthy=True, lags={"search": Lag(7, 2.5)}).decode()
    labels = 'application="bot",code="policy_violation",endpoint="chat.completions",status="403"'
    assert f"lineward_requests_total{{{labels}}} 1.0" in text
    assert "lineward_log_queue_events 3.0" in text
    assert 'lineward_follower_lag_entries{follower="search"} 7.0' in text
    assert 'lineward_follower_lag_seconds{follower="search"} 2.5' in text


def test_a_figure_can_be_asked_for_when_it_is_shown():
    metrics, refused = Metrics(), [0.0]
    metrics.tell("lineward_policy_files_refused", "1 while they are not in force.", lambda: refused[0])
    before = metrics.expose(queued=0, healthy=True)
    refused[0] = 1.0

    assert b"lineward_policy_files_refused 0.0" in before
    assert b"lineward_policy_files_refused 1.0" in metrics.expose(queued=0, healthy=True)
