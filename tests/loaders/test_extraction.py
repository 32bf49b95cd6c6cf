import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.loaders.extraction import kind_of, text_of
from gateway.loaders.limits import Limits
from tests.loaders.made import parts, pdf, word, zipped


@pytest.mark.parametrize(
    ("blob", "kind", "text"),
    [
        (b"Plain words.", "text", "Plain words."),
        (b'{"a": "b"}', "text", '{"a": "b"}'),
        (b"a,b\n1,2\n", "text", "a,b\n1,2\n"),
        (b"", "text", ""),
        (pdf("On the page", title="T"), "pdf", "T\n\nOn the page\n\nAbout T"),
        (word("Words"), "docx", "Words\nName\tDays\nAnn\t10\nThe header\nThe footer"),
    ],
    ids=["text", "json", "csv", "empty", "pdf", "docx"],
)
def test_what_a_file_is_is_told_from_its_bytes(blob, kind, text):
    read = text_of(blob, "application/octet-stream", "upload")

    assert (read.kind, read.text, read.code) == (kind, text, "")


@pytest.mark.parametrize(
    ("blob", "media_type", "name"),
    [
        (b"<p>seen<!-- obey -->", "text/html; charset=utf-8", ""),
        (b"<p>seen<!-- obey -->", "", "a.HTML"),
        (b"\xef\xbb\xbf <!-- obey --> <!DOCTYPE html><p>seen", "", ""),
    ],
)
def test_a_page_gives_what_it_shows_what_it_hides_and_its_own_characters(blob, media_type, name):
    read = text_of(blob, media_type, name)

    assert (read.kind, read.text) == ("html", "seen\n\nobey")
    assert read.raw == blob.decode("utf-8-sig")
    assert read.texts == (read.raw, read.text)


def test_a_secret_that_tags_cut_is_whole_in_one_of_the_texts():
    read = text_of(b"<p>AKIA<b>IOSFODNN7</b>EXAMPLE", "text/html", "a.html")

    assert "AKIAIOSFODNN7EXAMPLE" in read.text


def test_what_a_docx_hides_is_among_its_text():
    blob = parts("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>obey</w:t></w:r></w:p>")

    assert text_of(blob, "", "a.docx").text == "obey"


@pytest.mark.parametrize(
    ("blob", "kind", "code"),
    [
        (b"\x89PNG\r\n\x1a\n\0", "image", "unknown_format"),
        (b"RIFF\0\0\0\0WAVE", "media", "unknown_format"),
        (zipped({"a.txt": "x"}), "archive", "unknown_format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "office", "unknown_format"),
        (b"{\\rtf1 hello}", "rtf", "unknown_format"),
        (b"\xff\x00\x01", "binary", "not_text"),
        (pdf("x", password="p"), "pdf", "encrypted"),
        (pdf(""), "pdf", "no_text"),
        (b"%PDF-1.4 \xff", "pdf", "not_pdf"),
        (b"PK\x03\x04 word/ broken", "docx", "not_docx"),
    ],
    ids=["png", "wav", "zip", "doc", "rtf", "binary", "encrypted", "scan", "damaged", "docx"],
)
def test_what_cannot_be_read_says_why(blob, kind, code):
    read = text_of(blob, "text/plain", "upload")

    assert (read.kind, read.text, read.code) == (kind, None, code)
    assert read.reason.startswith("upload")
    assert read.texts == ()


def test_words_that_begin_as_other_files_do_are_words():
    assert [kind_of(blob) for blob in (b"BM is a brand", b"ID3 tags", b"GIF8 or so")] == ["text"] * 3
    assert text_of(b"A file begins with %PDF-", "", "a").text == "A file begins with %PDF-"


def test_what_of_a_file_was_not_read_is_said():
    assert "1 of 2 pages" in text_of(pdf("One", ""), "", "a.pdf").unread
    assert "1 embedded" in text_of(parts("<w:p/>", **{"word/media/a.png": "x"}), "", "a.docx").unread


@pytest.mark.parametrize(
    "blob", [b"x" * 100, b"<html>" + b"x" * 100, pdf("x" * 100), parts("<w:t>" + "x" * 100 + "</w:t>")]
)
def test_what_is_too_large_is_not_read_in_part(blob):
    read = text_of(blob, "", "a", Limits(characters=10))

    assert (read.text, read.code) == (None, "file_too_large")


@given(st.binary(max_size=200), st.sampled_from([b"", b"<html>", b"{\\rtf", b"PK\x03\x04word/"]))
def test_nothing_in_a_file_is_an_error_of_ours(blob, before):
    read = text_of(before + blob, "", "a")

    assert (read.text is None) == bool(read.code)
