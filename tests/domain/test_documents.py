import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source


def test_a_chunk_knows_its_digest_and_keeps_it_when_ranked():
    chunk = Chunk(Source("file", "kb"), "a.md", "sha256:00", 0, "text", How.DECLARED)

    assert chunk.digest == digest("text")
    assert chunk.ranked(3).rank == 3
    assert chunk.ranked(3).digest == chunk.digest


def test_a_source_reads_as_namespace_and_name():
    assert str(Source("s3://bucket", "kb")) == "s3://bucket/kb"


@pytest.mark.parametrize("namespace", ["file", "lineward", "python", "s3://bucket", "postgres://host:5432"])
@given(st.text(min_size=1).filter(lambda name: "://" not in name))
def test_a_source_is_named_by_what_it_is_shown_as(namespace, name):
    source = Source(namespace, name)

    assert Source.parse(str(source)) == source
