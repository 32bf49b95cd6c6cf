"""PDF: one document a file, its pages parted by form feeds."""

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.chunking import BREAK, PAGES
from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import Facts, Value
from gateway.loaders.limits import LIMITS, Limits, Watch

_SENTENCES = {
    "encrypted": "is encrypted; save it without a password",
    "damaged": "is damaged, or no PDF",
    "memory": "needs too much memory to be read",
    "killed": "could not be read to its end",
}


@dataclass(frozen=True, slots=True)
class PDF:
    """What was read of a file."""

    pages: tuple[str, ...]
    title: str
    info: str
    """Subject, keywords and author, which stand on no page."""
    attachments: int
    """Files in the file; they are not read."""

    @property
    def empty(self) -> int:
        """How many pages have no text: they are pictures, or blank."""
        return sum(not page.strip() for page in self.pages)


@dataclass(frozen=True, slots=True)
class PDFLoader:
    """Reads the texts of the pages, with the notes and form fields on them.

    The label `pages` says how many there are, so that each chunk knows the page that it is of; `pages_without_text`
    says how many of them could not be read, being pictures.
    """

    suffixes: tuple[str, ...] = (".pdf",)

    def load(self, blob: bytes, source: Source, name: str) -> Iterator[Document]:
        """Yield the document in *blob*.

        Raises `BadRequest` for a file that is encrypted, damaged or too large, and for one without any text.
        """
        read = pdf_of(blob, name)
        labels: dict[str, Value] = {PAGES: len(read.pages)}
        if read.empty:
            labels["pages_without_text"] = read.empty
        text = BREAK.join(read.pages)
        yield Document(source, name, text, digest(text), read.title or None, labels=Facts(labels))


def pdf_of(blob: bytes, name: str, limits: Limits = LIMITS) -> PDF:
    """Return what the PDF *blob* says. Raises what `PDFLoader.load` does."""
    watch = Watch(name, limits)
    watch.size(blob)
    pages: list[str] = []
    for line in _lines(blob, watch):
        if "page" in line:
            pages.append(str(line["page"]))
        elif "error" in line:
            raise _refused(str(line["error"]), name, watch)
        else:
            found = PDF(tuple(pages), str(line["title"]), str(line["info"]), int(line["attachments"]))
            if found.empty == len(pages):
                raise BadRequest(
                    f"{name} has no text on its {len(pages)} pages; run text recognition (OCR) over it first.",
                    code="no_text",
                )
            return found
    raise _refused("killed", name, watch)


def _lines(blob: bytes, watch: Watch) -> Iterator[dict[str, str | int]]:
    """Yield what the reading process says of *blob*."""
    limits = watch.limits
    bounds = [str(limits.pages), str(limits.characters), str(math.ceil(limits.seconds))]
    # Nothing of our environment goes along: what a file may make of the process must find no secret there.
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", "gateway.loaders.pdf_pages", *bounds],
            input=blob, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, timeout=limits.seconds,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise watch.exceeded(f"takes longer than {limits.seconds:g} seconds to read") from None
    if done.returncode == 0:  # else it was ended by a limit, and its last line may be half a line
        yield from map(json.loads, done.stdout.splitlines())


def _refused(error: str, name: str, watch: Watch) -> BadRequest:
    if error in ("pages", "characters"):
        return watch.exceeded(f"holds more than {getattr(watch.limits, error)} {error}")
    return BadRequest(f"{name} {_SENTENCES[error]}.", code="encrypted" if error == "encrypted" else "not_pdf")
