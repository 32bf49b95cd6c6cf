"""What every loader promises; a new one is added to LOADERS with a file of its format and the texts in it."""

import pytest

from gateway.domain.digests import digest
from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.fields import Fields
from gateway.loaders.csv import CSVLoader
from gateway.loaders.docx import DOCXLoader
from gateway.loaders.html import HTMLLoader
from gateway.loaders.json import JSONLoader
from gateway.loaders.jsonl import JSONLLoader
from gateway.loaders.markdown import MarkdownLoader
from gateway.loaders.pdf import PDFLoader
from gateway.loaders.text import TextLoader
from gateway.registry import configure, kinds
from tests.loaders.made import parts, pdf

PLAIN = "Plain words.\r\nZeile zwei: \u00fc\n"
FRONT = "---\ntitle: T\n---\n# Heading\n\nWords.\n"

LOADERS = {
    "csv": (CSVLoader(), b"a,b\n1,2\n", ["a: 1\nb: 2"]),
    "docx": (DOCXLoader(), parts("<w:p><w:r><w:t>Words</w:t></w:r></w:p>"), ["Words"]),
    "html": (HTMLLoader(), b"<p>Words<!-- unseen -->", ["Words", "unseen"]),
    "json": (JSONLoader(), b'[{"id": "a", "text": "Words"}]', ["Words"]),
    "jsonl": (JSONLLoader(), b'{"text": "Words"}\n{"text": "More"}\n', ["Words", "More"]),
    "markdown": (MarkdownLoader(), FRONT.encode(), [FRONT]),
    "pdf": (PDFLoader(), pdf("Words", "More"), ["Words\fMore"]),
    "text": (TextLoader(), PLAIN.encode(), [PLAIN]),
}
SOURCE = Source("file", "/kb")
EMPTY = {"csv": [], "jsonl": [], "html": [""], "json": [""], "markdown": [""], "text": [""]}
"""What an empty file of a format that can be empty holds."""


@pytest.fixture(params=sorted(LOADERS))
def kind(request):
    return request.param


@pytest.fixture
def loader(kind):
    return LOADERS[kind][0]


@pytest.fixture
def documents(kind):
    loader, blob, _ = LOADERS[kind]
    return list(loader.load(blob, SOURCE, "a/b.x"))


def test_every_registered_loader_is_tried_here():
    assert kinds("loaders") == sorted(LOADERS)
    assert all(type(configure("loaders", kind, Fields({}))) is type(LOADERS[kind][0]) for kind in sorted(LOADERS))


def test_no_two_loaders_read_the_same_ending():
    endings = [suffix for loader, _, _ in LOADERS.values() for suffix in loader.suffixes]

    assert sorted(set(endings)) == sorted(endings)


def test_it_names_the_endings_that_it_reads(loader):
    assert loader.suffixes
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in loader.suffixes)


def test_every_text_of_the_file_is_read(kind, documents):
    assert [document.text for document in documents] == LOADERS[kind][2]


def test_documents_are_of_the_source_and_named_for_the_file_or_by_themselves(kind, documents):
    assert {document.source for document in documents} == {SOURCE}
    assert all(document.id.startswith("a/b.x") for document in documents) or kind == "json"


def test_no_two_documents_have_the_same_name(documents):
    assert len({document.id for document in documents}) == len(documents)


def test_the_version_is_the_digest_of_the_text(documents):
    assert [document.version for document in documents] == [digest(document.text) for document in documents]


def test_bytes_of_another_format_are_refused_by_name(loader):
    with pytest.raises(BadRequest, match=r"photo\.x"):
        list(loader.load(b"\x89PNG\r\n\x1a\n\x00\x00\xff", SOURCE, "photo.x"))


def test_an_empty_file_holds_nothing_or_is_refused(kind, loader):
    try:
        found = [document.text for document in loader.load(b"", SOURCE, "empty.x")]
    except BadRequest as refused:
        assert "empty.x" in refused.message
        assert kind not in EMPTY
    else:
        assert found == EMPTY[kind]
