"""JSON Lines: a document a line, read as it comes."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import orjson

from gateway.domain.described import described
from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest


@dataclass(frozen=True, slots=True)
class JSONLLoader:
    """Reads `{"id", "text", "title"?, "url"?, "source"?, "version"?, "labels"?}` from each line.

    A line without an id is named by its number.
    """

    suffixes: tuple[str, ...] = (".jsonl", ".ndjson")
    labels: bool = True
    """Whether a line may say its own labels. Switch it off for files whose authors are not trusted with that."""
    longest: int = 20_000_000
    """Bytes of one line."""

    def load(self, blob: bytes, source: Source, name: str) -> Iterator[Document]:
        """Yield the documents in *blob*; raises `BadRequest` for the first line that cannot be read."""
        for read in self.read(io.BytesIO(blob), source, name):
            if isinstance(read, BadRequest):
                raise read
            yield read

    def read(self, file: IO[bytes], source: Source, name: str) -> Iterator[Document | BadRequest]:
        """Yield the documents in *file*, and for each line that cannot be read the error that says so."""
        number = 0
        while line := file.readline(self.longest):
            number += 1
            if len(line) == self.longest and not line.endswith(b"\n"):
                yield BadRequest(f"{name}, line {number} is longer than {self.longest} bytes.", code="invalid_line")
                self._skip(file)
            elif line.strip():
                yield self._document(line.removeprefix(b"\xef\xbb\xbf"), source, name, number)

    def _document(self, line: bytes, source: Source, name: str, number: int) -> Document | BadRequest:
        at = f"{name}, line {number}"
        try:
            return described(orjson.loads(line), source, at, name=f"{name}#{number}", labels=self.labels)
        except orjson.JSONDecodeError as exc:
            return BadRequest(f"{at} is not valid JSON: {exc.msg} (column {exc.colno}).", code="invalid_line")
        except BadRequest as exc:
            return exc

    def _skip(self, file: IO[bytes]) -> None:
        """Read on to the next line of *file*."""
        while (rest := file.readline(self.longest)) and not rest.endswith(b"\n"):
            pass
