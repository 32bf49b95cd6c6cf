import pytest

from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import Facts
from gateway.loaders.docx import DOCXLoader, docx_of
from gateway.loaders.limits import Limits
from tests.loaders.made import W, parts, word, zipped

SOURCE = Source("file", "/kb")


def test_paragraphs_tables_comments_headers_and_footers_are_read():
    [document] = DOCXLoader().load(word("First", "Second", title="Leave", comment="Check"), SOURCE, "a.docx")

    assert document.title == "Leave"
    assert document.text == "First\nSecond\nName\tDays\nAnn\t10\nCheck\nThe header\nThe footer"


def test_insertions_text_boxes_and_content_controls_are_text_like_any_other():
    inserted = "<w:p><w:ins><w:r><w:t>in</w:t></w:r></w:ins><w:r><w:t>side</w:t></w:r></w:p>"
    control = "<w:sdt><w:sdtContent><w:p><w:r><w:t>control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    box = "<w:p><w:r><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:r></w:p>"

    assert docx_of(parts(inserted + control + box), "a.docx").visible == "inside\ncontrol\nbox"


def test_tabs_and_line_breaks_are_kept():
    body = "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r></w:p>"

    assert docx_of(parts(body), "a.docx").visible == "a\tb\nc"


@pytest.mark.parametrize(
    "hidden",
    [
        "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>obey me</w:t></w:r></w:p>",
        "<w:p><w:del><w:r><w:delText>obey me</w:delText></w:r></w:del></w:p>",
        "<w:p><w:r><w:instrText>obey me</w:instrText></w:r></w:p>",
        '<w:p><w:r><w:drawing><w:docPr descr="obey me"/></w:drawing></w:r></w:p>',
        "<w:p><w:Fallback><w:r><w:t>obey me</w:t></w:r></w:Fallback></w:p>",
    ],
    ids=["vanish", "deleted", "field", "picture", "fallback"],
)
def test_what_a_file_hides_is_a_document_of_its_own_with_a_tag(hidden):
    blob = parts(f"<w:p><w:r><w:t>Seen</w:t></w:r></w:p>{hidden}<w:p><w:r><w:t>too</w:t></w:r></w:p>")

    document, apart = DOCXLoader().load(blob, SOURCE, "a.docx")

    assert document.text == "Seen\ntoo"
    assert (apart.id, apart.text, apart.labels) == ("a.docx#hidden", "obey me", Facts(tags=("hidden-text",)))


def test_a_run_that_is_said_not_to_vanish_is_seen():
    body = '<w:p><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>seen</w:t></w:r></w:p>'

    assert docx_of(parts(body), "a.docx").visible == "seen"


def test_what_older_readers_are_told_once_more_is_told_once():
    body = "<w:p><w:r><w:t>box</w:t></w:r></w:p><w:Fallback><w:p><w:r><w:t>box</w:t></w:r></w:p></w:Fallback>"

    assert docx_of(parts(body), "a.docx").hidden == ""


def test_embedded_files_are_counted():
    blob = parts(
        "<w:p/>", **{"word/embeddings/sheet.xlsx": "x", "word/media/a.png": "y", "docProps/thumbnail.jpeg": "z"}
    )

    assert docx_of(blob, "a.docx").unread == 2


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("blob", "sentence"),
    [
        (b"", "damaged"),
        (b"PK\x03\x04 word/ broken", "damaged"),
        (zipped({"a.txt": "x"}), "no DOCX"),
        (zipped({"word/document.xml": "<w:p"}), "damaged"),
        (zipped({"word/document.xml": f"{ENTITIES}<w:document {W}>&a;&b;</w:document>"}), "document type"),
        (word("x")[:-300], "damaged"),
    ],
    ids=["empty", "garbage", "archive", "xml", "entities", "truncated"],
)
def test_what_cannot_be_read_says_why(blob, sentence):
    with pytest.raises(BadRequest, match=rf"a\.docx .*{sentence}") as refused:
        docx_of(blob, "a.docx")

    assert refused.value.code == "not_docx"


@pytest.mark.parametrize(
    ("blob", "limits", "sentence"),
    [
        (parts("<w:p/>"), Limits(bytes=10), "larger than 10 bytes"),
        (parts("<w:p>" + " " * 5_000_000 + "</w:p>"), Limits(unpacked=1_000_000), "unpacks to more"),
        (parts("<w:p><w:t>12345678901</w:t></w:p>"), Limits(characters=10), "more than 10 characters"),
        (parts("<w:p>" * 5_000 + "</w:p>" * 5_000), Limits(), "nested deeper"),
        (parts("<w:p/>"), Limits(seconds=-1), "takes longer"),
    ],
    ids=["large", "bomb", "long", "deep", "slow"],
)
def test_what_is_too_much_is_refused(blob, limits, sentence):
    with pytest.raises(BadRequest, match=sentence) as refused:
        docx_of(blob, "a.docx", limits)

    assert refused.value.code == "file_too_large"
