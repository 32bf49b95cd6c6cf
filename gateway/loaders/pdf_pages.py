"""Reads a PDF in a process of its own: the file comes in on standard input, one JSON object a line goes out.

A PDF is a program of a kind, and a hostile one can keep its reader busy or eat all memory. So it is read where both
have an end that the system enforces (pdf.py starts it). First come the pages, then what is known of the whole, or a
word for why there is nothing.
"""

import contextlib
import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MEMORY = 2_000_000_000
"""Bytes that the process may come to."""

INFO = ("/Subject", "/Keywords", "/Author")
"""Strings of the file that stand on no page."""

Line = dict[str, str | int]


def main(pages: int, characters: int, seconds: int) -> None:
    """Write what is read of standard input, at most so many *pages* and *characters*, within so many *seconds*."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    for line in lines(sys.stdin.buffer.read(), pages, characters):
        sys.stdout.write(json.dumps(line) + "\n")


def lines(blob: bytes, pages: int, characters: int) -> Iterator[Line]:
    """Yield `{page}` for each page of the PDF *blob*, then `{title, info, attachments}`, or `{error}`."""
    from pypdf import PasswordType, PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(blob))
        if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
            yield {"error": "encrypted"}
            return
        if len(reader.pages) > pages:
            yield {"error": "pages"}
            return
        for page in reader.pages:
            text = _plain("\n".join(filter(None, [page.extract_text(), *_notes(page)])))
            characters -= len(text)
            if characters < 0:
                yield {"error": "characters"}
                return
            yield {"page": text}
        yield _whole(reader)
    except MemoryError:
        yield {"error": "memory"}
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, OSError):
        # What a damaged file does to the library is of no interest: it cannot be read.
        yield {"error": "damaged"}


def _notes(page: "PageObject") -> Iterator[str]:
    """Yield what was written onto *page* afterwards: notes, and what a form was filled in with."""
    for reference in page.get("/Annots") or ():
        note = reference.get_object()
        for key in ("/Contents", "/V"):
            said = note.get(key) if hasattr(note, "get") else None
            if isinstance(said, str) and said.strip() and not said.startswith("/"):
                yield said


def _whole(reader: "PdfReader") -> Line:
    known = {}
    # Some files are readable but for these.
    with contextlib.suppress(Exception):
        known = {key: str(value) for key, value in (reader.metadata or {}).items()}
    attached = 0
    with contextlib.suppress(Exception):
        attached = len(list(reader.attachment_list))
    info = "\n".join(_plain(known[key]) for key in INFO if known.get(key))
    return {"title": _plain(known.get("/Title", "")).strip(), "info": info, "attachments": attached}


def _plain(text: str) -> str:
    """Return *text* as UTF-8 can say it, without zero bytes and page breaks of its own."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "").replace("\f", "\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
