import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest
from gateway.loaders.csv import CSVLoader

SOURCE = Source("file", "/kb")


def read(text: str | bytes):
    blob = text.encode() if isinstance(text, str) else text
    return list(CSVLoader().read(io.BytesIO(blob), SOURCE, "a.csv"))


def test_a_row_is_a_document_with_the_names_of_its_fields():
    first, second = read('name,note\nAnn,"ten,\ndays"\nBob,\n')

    assert (first.id, first.text) == ("a.csv#row=2", "name: Ann\nnote: ten,\ndays")
    assert (second.id, second.text) == ("a.csv#row=3", "name: Bob")


def test_a_row_is_named_by_its_id_unless_another_had_it():
    assert [one.id for one in read("ID,x\n7,a\n7,b\n,c\n")] == ["a.csv#7", "a.csv#row=3", "a.csv#row=4"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_from_the_header(delimiter):
    [row] = read(f'"a,b;c"{delimiter}y\n1{delimiter}2\n')

    assert row.text == "a,b;c: 1\ny: 2"


def test_fields_without_a_name_are_not_lost():
    [row] = read("a,\n1,2,3\n")

    assert row.text == "a: 1\ncolumn 2: 2\ncolumn 3: 3"


def test_a_row_that_cannot_be_read_is_reported_and_the_rest_goes_on():
    found = read("a,b\n1,x\0y\n2,z\n")

    assert [one.code if isinstance(one, BadRequest) else one.text for one in found] == ["not_text", "a: 2\nb: z"]
    assert "row 2" in found[0].message


def test_text_of_another_encoding_is_reported_after_what_could_be_read():
    found = read("a\n" + "row\n" * 30_000 + "für\n")
    broken = read(b"a\n" + b"row\n" * 30_000 + "für\n".encode("latin-1"))

    assert len(found) == 30_001
    assert isinstance(broken[-1], BadRequest) and broken[-1].code == "not_text"


def test_nothing_and_a_header_alone_are_no_rows():
    assert read("") == read("a,b\n") == []


def test_a_byte_order_mark_is_obeyed():
    [row] = read("name\nÄnn\n".encode("utf-16"))

    assert row.text == "name: Änn"


class Endless(io.RawIOBase):
    """A file that goes on for ever."""

    def __init__(self) -> None:
        self.given = 0

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, *_):
        return 0

    def tell(self):
        return 0

    def readinto(self, buffer):
        self.given += len(buffer)
        buffer[:] = (b"a,b\n" * (len(buffer) // 4 + 1))[: len(buffer)]
        return len(buffer)


def test_a_file_is_read_as_it_is_needed():
    file = Endless()
    rows = CSVLoader().read(io.BufferedReader(file), SOURCE, "a.csv")

    first = next(rows)

    assert isinstance(first, Document)
    assert file.given < 1_000_000


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=2, max_size=2)
    )
)
def test_every_field_is_in_its_row(rows):
    lines = ["first,second", *(",".join('"' + field.replace('"', '""') + '"' for field in row) for row in rows)]

    found = read("\r\n".join(lines))

    wanted = [[field.strip() for field in row if field.strip()] for row in rows]
    wanted = [row for row, raw in zip(wanted, rows, strict=True) if any(raw)]
    assert len(found) == len(wanted)
    assert all(field in document.text for document, row in zip(found, wanted, strict=True) for field in row)
