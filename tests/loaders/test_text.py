from gateway.domain.documents import Source
from gateway.loaders.text import TextLoader


def test_plain_text_has_no_title_and_no_labels():
    [document] = TextLoader().load(b"# not a heading here", Source("file", "/kb"), "notes.txt")

    assert document.title is None
    assert not document.labels


def test_endings_are_configuration():
    assert TextLoader((".cfg",)).suffixes == (".cfg",)
