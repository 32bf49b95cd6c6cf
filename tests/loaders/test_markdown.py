import pytest

from gateway.domain.documents import Document, Source
from gateway.domain.facts import Facts
from gateway.loaders.markdown import MarkdownLoader


def load(text: str, **fields) -> Document:
    [document] = MarkdownLoader(**fields).load(text.encode(), Source("file", "/kb"), "page.md")
    return document


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("intro\n\n## The `code` & *the* [link](x)\n\n# Later\n", "The code & the link"),
        ("Set\next\n===\n", "Set ext"),
        ("```\n# in code\n```\n# Real ![logo](l.png)\n", "Real logo"),
        ("#\n\n# Second\n", "Second"),
        ("    # indented code\n", None),
        ("no heading", None),
        ("<h1>html</h1>", None),
    ],
)
def test_the_title_is_the_first_heading_as_it_reads(text, title):
    assert load(text).title == title


def test_front_matter_names_title_address_and_labels():
    document = load("---\ntitle: Named\nurl: https://example.com/x\nclassification: internal\n---\n# Heading\n")

    assert document.title == "Named"
    assert document.url == "https://example.com/x"
    assert document.labels == Facts(classification="internal")


def test_the_text_is_the_whole_file_to_the_byte():
    text = "---\r\ntitle: X\r\n---\r\n\r\n# A  \r\n\ttabs\u2028and\u00a0spaces\r\n"

    assert load(text).text == text


def test_files_of_strangers_need_not_label_themselves():
    text = "---\ntitle: Free\nclassification: public\n---\n"

    assert not load(text, labels=False).labels
    assert load(text, labels=False).title == "Free"
