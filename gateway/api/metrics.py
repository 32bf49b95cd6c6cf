"""What operators count, in Prometheus' exposition format; no label ever holds text of a request."""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from gateway.domain.records import Lag

NO_LAGS: Mapping[str, Lag] = {}

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Metrics:
    """Counters of one gateway process."""

    content_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "lineward_requests_total", "Requests by endpoint, application, status and error code.",
            ["endpoint", "application", "status", "code"], registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "lineward_request_seconds", "Time from the request's last byte to the reply's last byte.",
            ["endpoint"], buckets=BUCKETS, registry=self._registry,
        )  # fmt: skip
        self._counted: dict[tuple[str, str, int, str], tuple[Counter, Histogram]] = {}
        """Counter and histogram of what was counted before; finding them anew takes longer than counting."""
        self._queue = Gauge(
            "lineward_log_queue_events", "Events handed to the log and not yet durable.", registry=self._registry
        )
        self._healthy = Gauge("lineward_log_healthy", "1 while the log takes events.", registry=self._registry)
        self._behind = Gauge(
            "lineward_follower_lag_entries", "Log entries that a follower (search, attribution …) has still to take.",
            ["follower"], registry=self._registry,
        )  # fmt: skip
        self._late = Gauge(
            "lineward_follower_lag_seconds", "Age of the first of them.", ["follower"], registry=self._registry
        )

    def tell(self, name: str, text: str, value: Callable[[], float]) -> None:
        """Have the gauge *name*, explained by *text*, show what *value* returns when it is asked for."""
        Gauge(name, text, registry=self._registry).set_function(value)

    def observe(self, endpoint: str, application: str, status: int, code: str, seconds: float) -> None:
        """Count one reply."""
        key = endpoint, application, status, code
        counted = self._counted.get(key)
        if counted is None:
            counter = self._requests.labels(endpoint, application, str(status), code)
            counted = self._counted[key] = counter, self._seconds.labels(endpoint)
        counted[0].inc()
        counted[1].observe(seconds)

    def expose(self, *, queued: int, healthy: bool, lags: Mapping[str, Lag] = NO_LAGS) -> bytes:
        """Return all figures as text."""
        for name, lag in lags.items():
            self._behind.labels(name).set(lag.entries)
            self._late.labels(name).set(lag.seconds)
        self._queue.set(queued)
        self._healthy.set(healthy)
        return generate_latest(self._registry)
