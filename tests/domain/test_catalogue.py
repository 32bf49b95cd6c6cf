from datetime import UTC, datetime

from gateway.domain.catalogue import ChunkOrigin


def test_a_chunks_text_is_not_known_until_somebody_reads_it():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    origin = ChunkOrigin("acme", "file/kb", "a.md", "sha256:v", 0, at, 1, "run", "ingest", "ops", "", "kb", ["a.md"], 1)

    assert origin.text is None
