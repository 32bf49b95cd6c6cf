from datetime import UTC, datetime

from gateway.tracing.emitted import Emitted


def test_a_span_without_attributes_and_error_is_one():
    at = datetime(2026, 11, 20, tzinfo=UTC)
    span = Emitted(bytes(16), bytes(8), "chat gpt", at, at)

    assert (span.attributes, span.error) == ({}, "")
