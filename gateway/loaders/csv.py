"""CSV: each row a document, read as it comes."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest
from gateway.loaders.decoding import encoding_of

DELIMITERS = ",;\t|"
SAMPLE = 65_536
"""Characters from which the delimiter is told."""

IDENTITY = ("id", "uuid", "key")
"""Columns that name a row, best first."""

FIELD_MAX = 1_000_000
"""Characters of one field."""


@dataclass(frozen=True, slots=True)
class CSVLoader:
    """Reads each row under the header as a document: a line `name: value` for each field that is not empty.

    A row is named by its column `id`, `uuid` or `key`; without one, or when an earlier row has that name, by its number
    (RFC 7111: the header is row 1).
    """

    suffixes: tuple[str, ...] = (".csv", ".tsv")

    def load(self, blob: bytes, source: Source, name: str) -> Iterator[Document]:
        """Yield the documents in *blob*; raises `BadRequest` for the first row that cannot be read."""
        for read in self.read(io.BytesIO(blob), source, name):
            if isinstance(read, BadRequest):
                raise read
            yield read

    def read(self, file: IO[bytes], source: Source, name: str) -> Iterator[Document | BadRequest]:
        """Yield the documents in *file*, and for each row that cannot be read the error that says so."""
        encoding = encoding_of(file.read(4))
        file.seek(0)
        text = io.TextIOWrapper(file, encoding, newline="")
        csv.field_size_limit(FIELD_MAX)
        try:
            sample = text.read(SAMPLE)
            text.seek(0)
            rows = _rows(csv.reader(text, delimiter=_delimiter(sample), strict=False), name)
            header = next(rows, None)
            if isinstance(header, BadRequest):
                yield header
            elif header is not None:
                yield from _documents(rows, header[1], source, name)
        except UnicodeDecodeError as exc:
            yield BadRequest(f"{name} is not text in {exc.encoding.upper()}; save it as UTF-8.", code="not_text")
        finally:
            text.detach()


Row = tuple[int, Sequence[str]]


def _rows(reader: Iterator[list[str]], name: str) -> Iterator[Row | BadRequest]:
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            yield BadRequest(f"{name}, row {number}: {exc}.", code="invalid_row")
            continue
        if any("\0" in field for field in row):
            yield BadRequest(f"{name}, row {number} holds zero bytes, so it is not text.", code="not_text")
        elif any(row):
            yield number, row


def _documents(
    rows: Iterator[Row | BadRequest], header: Sequence[str], source: Source, name: str
) -> Iterator[Document | BadRequest]:
    names = [" ".join(column.split()) or f"column {at}" for at, column in enumerate(header, 1)]
    naming = next((at for wanted in IDENTITY for at, column in enumerate(names) if column.lower() == wanted), None)
    met: set[int] = set()
    for row in rows:
        if isinstance(row, BadRequest):
            yield row
            continue
        number, fields = row
        text = "\n".join(
            f"{names[at] if at < len(names) else f'column {at + 1}'}: {field.strip()}"
            for at, field in enumerate(fields)
            if field.strip()
        )
        identity = fields[naming].strip() if naming is not None and naming < len(fields) else ""
        if not identity or hash(identity) in met:
            identity = f"row={number}"
        met.add(hash(identity))
        yield Document(source, f"{name}#{identity}", text, digest(text))


def _delimiter(sample: str) -> str:
    """Return what parts the fields of the first line of *sample*: the delimiter that is most often outside quotes."""
    line = "".join(sample.split("\n", 1)[0].split('"')[::2])
    return max(DELIMITERS, key=line.count)
