"""Files of the formats that are not text, as other programs make them."""

import io
import zipfile
from collections.abc import Mapping, Sequence

import docx
import pypdf
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def pdf(*pages: str, title: str = "", note: str = "", password: str = "") -> bytes:
    """Return a PDF with a line of text on each of *pages*; an empty one has no text."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for page in pages:
        kids.append(f"{len(objects) + 1} 0 R")
        content = f"BT /F1 12 Tf 72 700 Td ({page}) Tj ET" if page else "0 0 10 10 re f"
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents {len(objects) + 2} 0 R"
            "/Resources<</Font<</F1 3 0 R>>>>>>"
        )
        objects.append(f"<</Length {len(content)}>>\nstream\n{content}\nendstream")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(pages)}>>"
    plain = _numbered(objects)
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(plain))
    if title:
        writer.add_metadata({"/Title": title, "/Subject": f"About {title}"})
    if note:
        said = DictionaryObject(
            {NameObject("/Type"): NameObject("/Annot"), NameObject("/Subtype"): NameObject("/Text")}
        )
        said[NameObject("/Contents")] = TextStringObject(note)
        writer.add_annotation(0, {**said, NameObject("/Rect"): pypdf.generic.RectangleObject((0, 0, 10, 10))})
    if password:
        writer.encrypt(password, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _numbered(objects: Sequence[str]) -> bytes:
    body, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    count = len(objects) + 1
    end = (
        f"xref\n0 {count}\n0000000000 65535 f \n{table}trailer\n<</Size {count}/Root 1 0 R>>\nstartxref\n{len(body)}\n"
    )
    return body + end.encode() + b"%%EOF\n"


def word(*paragraphs: str, title: str = "", comment: str = "") -> bytes:
    """Return a DOCX with *paragraphs*, a table, a header and a footer."""
    document = docx.Document()
    document.core_properties.title = title
    for text in paragraphs:
        document.add_paragraph(text)
    table = document.add_table(2, 2)
    for at, text in enumerate(["Name", "Days", "Ann", "10"]):
        table.cell(at // 2, at % 2).text = text
    document.sections[0].header.paragraphs[0].text = "The header"
    document.sections[0].footer.paragraphs[0].text = "The footer"
    if comment:
        document.add_comment(document.paragraphs[0].runs, text=comment, author="A", initials="A")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def parts(body: str, **more: str) -> bytes:
    """Return a DOCX that has nothing but the XML *body*, and *more* parts by name."""
    return zipped({"word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>", **more})


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """Return an archive of *files*."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
