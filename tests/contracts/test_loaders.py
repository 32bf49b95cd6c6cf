"""What every loader promises; a new one is added to LOADERS with a file of its format."""

import pytest

from gateway.domain.digests import digest
from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.loaders.markdown import MarkdownLoader
from gateway.loaders.text import TextLoader

LOADERS = {
    "text": (TextLoader(), b"Plain words.\r\nZeile zwei: \xc3\xbc\n"),
    "markdown": (MarkdownLoader(), b"---\ntitle: T\n---\n# Heading\n\nWords.\n"),
}
SOURCE = Source("file", "/kb")


@pytest.fixture(params=LOADERS)
def loader(request):
    return LOADERS[request.param][0]


@pytest.fixture
def blob(request, loader):
    return next(blob for known, blob in LOADERS.values() if known is loader)


def test_it_names_the_endings_that_it_reads(loader):
    assert loader.suffixes
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in loader.suffixes)


def test_documents_are_of_the_source_and_named_for_the_file(loader, blob):
    [document] = loader.load(blob, SOURCE, "a/b.x")

    assert document.source == SOURCE
    assert document.id == "a/b.x"


def test_the_version_is_the_digest_of_the_text(loader, blob):
    [document] = loader.load(blob, SOURCE, "b.x")

    assert document.text.encode() == blob
    assert document.version == digest(blob)


def test_bytes_of_another_format_are_refused_by_name(loader):
    with pytest.raises(BadRequest, match=r"photo\.x"):
        list(loader.load(b"\x89PNG\r\n\x1a\n\x00\x00\xff", SOURCE, "photo.x"))


def test_an_empty_file_is_an_empty_document(loader):
    [document] = loader.load(b"", SOURCE, "empty.x")

    assert document.text == ""
