import pytest

from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.loaders.limits import Limits
from gateway.loaders.pdf import PDFLoader, pdf_of
from tests.loaders.made import pdf

SOURCE = Source("file", "/kb")


def test_pages_are_parted_by_form_feeds_and_counted_in_a_label():
    [document] = PDFLoader().load(pdf("First page", "Second page", title="Report"), SOURCE, "r.pdf")

    assert document.text == "First page\fSecond page"
    assert document.title == "Report"
    assert dict(document.labels) == {"pages": 2}


def test_notes_stand_on_their_page_and_pictures_are_counted():
    read = pdf_of(pdf("First", "", note="Do not tell"), "r.pdf")
    [document] = PDFLoader().load(pdf("First", ""), SOURCE, "r.pdf")

    assert read.pages == ("First\nDo not tell", "")
    assert dict(document.labels) == {"pages": 2, "pages_without_text": 1}


@pytest.mark.parametrize(
    ("blob", "code", "sentence"),
    [
        (pdf("secret", password="p"), "encrypted", "encrypted"),
        (pdf("", ""), "no_text", "OCR"),
        (b"%PDF-1.7\nnothing", "not_pdf", "damaged"),
        (b"", "not_pdf", "damaged"),
        (pdf("word")[:-200], "not_pdf", "damaged"),
    ],
    ids=["encrypted", "pictures", "garbage", "empty", "truncated"],
)
def test_what_cannot_be_read_says_why(blob, code, sentence):
    with pytest.raises(BadRequest, match=rf"r\.pdf .*{sentence}") as refused:
        pdf_of(blob, "r.pdf")

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(bytes=100), "larger than 100 bytes"),
        (Limits(pages=1), "more than 1 pages"),
        (Limits(characters=5), "more than 5 characters"),
        (Limits(seconds=0.001), "takes longer than"),
    ],
)
def test_what_is_too_much_is_refused(limits, sentence):
    with pytest.raises(BadRequest, match=sentence) as refused:
        pdf_of(pdf("First page", "Second page"), "r.pdf", limits)

    assert refused.value.code == "file_too_large"
