import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents import Source
from gateway.domain.upstream import datasets_of, splits


@pytest.mark.parametrize(
    ("source", "document", "url", "among"),
    [
        (("chroma://h:8000", "t.d.kb"), "refund.md", None, ("chroma://h:8000", "t.d.kb")),
        (("snowflake://acme-prod", "CRM.S.T"), "17", None, ("snowflake://acme-prod", "CRM.S.T")),
        (("s3://kb", "policies"), "refund.pdf", None, ("s3://kb", "policies/refund.pdf")),
        (("s3://kb", ""), "policies/refund.pdf", None, ("s3://kb", "policies/refund.pdf")),
        (("file", "/srv/kb"), "a/b.md", None, ("file", "/srv/kb/a/b.md")),
        (("lineward", "declared"), "s3://kb/policies/refund.pdf", None, ("s3://kb", "policies/refund.pdf")),
        (("lineward", "declared"), "7", "file:///srv/kb/a%20b.md", ("file", "/srv/kb/a b.md")),
        (("lineward", "declared"), "7", "https://wiki.example/p/1?v=2#x", ("https://wiki.example", "p/1")),
        (("lineward", "declared"), "7", "https://wiki.example/p/1", ("https://wiki.example", "/p/1")),
    ],
)
def test_a_document_is_part_of_the_datasets_that_its_names_say(source, document, url, among):
    assert Source(*among) in [*datasets_of(Source(*source), document, url)]


def test_its_own_source_comes_first_and_every_name_once():
    names = [*datasets_of(Source("s3://kb", "a"), "s3://kb/a", "s3://kb/a")]

    assert names[0] == Source("s3://kb", "a")
    assert len(names) == len(set(names))


def test_an_address_that_is_none_says_nothing():
    assert [*datasets_of(Source("lineward", "x"), "7", "http://[half")] == [Source("lineward", "x")]


@pytest.mark.parametrize(
    ("name", "among"),
    [
        ("snowflake://acme-prod/CRM.S.T", ("snowflake://acme-prod", "CRM.S.T")),
        ("file//srv/kb", ("file", "/srv/kb")),
        ("bigquery/p.d.t", ("bigquery", "p.d.t")),
        ("mssharepoint://h:443/site/key/of.docx", ("mssharepoint://h:443/site", "key/of.docx")),
    ],
)
def test_a_written_name_may_be_split_where_it_was_joined(name, among):
    assert Source(*among) in [*splits(name)]


@given(st.sampled_from(["file", "s3://b", "https://h", "a://b/c"]), st.text(min_size=1))
def test_whatever_was_joined_is_among_the_splits(namespace, name):
    assert Source(namespace, name) in [*splits(str(Source(namespace, name)))]
