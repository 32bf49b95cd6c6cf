"""Text out of bytes that came in a request: a file part, a document block.

What the bytes are is told from them, not from what the caller calls them. Reading is bounded in size and time. PDF is
read in a process of its own, so call `text_of` in a thread.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from gateway.domain.errors import BadRequest
from gateway.loaders.decoding import decoded
from gateway.loaders.docx import docx_of
from gateway.loaders.html import page_of, source_text
from gateway.loaders.limits import LIMITS, Limits, Watch
from gateway.loaders.pdf import pdf_of

SIGNATURES = (
    (b"PK\x03\x04", "archive"),
    (b"PK\x05\x06", "archive"),
    (b"\xd0\xcf\x11\xe0", "office"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"RIFF", "media"),
    (b"ID3", "media"),
    (b"OggS", "media"),
    (b"fLaC", "media"),
    (b"\x1aE\xdf\xa3", "media"),
    (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"Rar!", "archive"),
)
"""How files begin, and what they then are."""

WITHIN = 1024
"""Bytes at the beginning in which a PDF must say that it is one (ISO 32000-1, annex H)."""

_NAMES = {
    "archive": "an archive",
    "office": "an encrypted or old Office file",
    "rtf": "RTF",
    "image": "a picture",
    "media": "sound or video",
    "binary": "of a format that is not known",
}
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_BEFORE = re.compile(r"<\?xml[^>]*>|<!--.*?-->", re.DOTALL)
_BEGINNING = 4096


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a file says, or why that cannot be read."""

    kind: str
    """`text`, `html`, `pdf` or `docx`; `image`, `media`, `archive`, `office`, `rtf` or `binary`, which are not read."""
    text: str | None
    """Every text in it, what it hides among them; `None` when it cannot be read."""
    raw: str | None = None
    """The file's own characters, when it is text: what a mask would be written into. HTML has both."""
    code: str = ""
    """Why there is no text, for machines: `not_text`, `no_text`, `encrypted`, `not_pdf`, `not_docx`, `file_too_large`,
    `unknown_format`."""
    reason: str = ""
    """The same as a sentence."""
    unread: str = ""
    """What of a file with text could not be read, as a sentence; empty when all was."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that must be judged."""
        return tuple(dict.fromkeys(text for text in (self.raw, self.text) if text))


def text_of(blob: bytes, media_type: str, name: str, limits: Limits = LIMITS) -> Extracted:
    """Return what *blob* says, the contents of a file called *name* that is said to be of *media_type*.

    Both may be empty: *media_type* helps only to tell HTML from other text. Never raises for anything in *blob*.
    """
    kind = kind_of(blob)
    if kind in _NAMES:
        return Extracted(kind, None, code="unknown_format", reason=f"{name} is {_NAMES[kind]}, which is not read.")
    if kind == "text" and _is_page(blob, media_type, name):
        kind = "html"
    try:
        return _READERS[kind](blob, name, limits)
    except BadRequest as exc:
        if exc.code == "not_pdf" and _is_plain(blob):
            return _text(blob, name, limits)  # it only speaks of PDF
        return Extracted("binary" if exc.code == "not_text" else kind, None, code=exc.code, reason=exc.message)


def kind_of(blob: bytes) -> str:
    """Return what *blob* is, as `Extracted.kind` names it; `text` for what has no signature."""
    if b"%PDF-" in blob[:WITHIN]:
        return "pdf"
    if blob.startswith(b"PK\x03\x04") and b"word/" in blob:
        return "docx"
    kind = next((kind for signature, kind in SIGNATURES if blob.startswith(signature)), "text")
    return "text" if kind in ("image", "media") and _is_plain(blob) else kind


def _is_plain(blob: bytes) -> bool:
    """Tell whether *blob*, which begins like something else, is text all the same: `BM` and `GIF8` are words too."""
    try:
        return "\0" not in blob.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _is_page(blob: bytes, media_type: str, name: str) -> bool:
    if "html" in media_type.lower() or name.lower().endswith((".html", ".htm", ".xhtml")):
        return True
    beginning = blob[:_BEGINNING].decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    while before := _BEFORE.match(beginning):
        beginning = beginning[before.end() :].lstrip()
    return _PAGE.match(beginning) is not None


def _text(blob: bytes, name: str, limits: Limits) -> Extracted:
    Watch(name, limits).size(blob)
    text = decoded(blob, name)
    Watch(name, limits).read(text)
    return Extracted("text", text, text)


def _html(blob: bytes, name: str, limits: Limits) -> Extracted:
    watch = Watch(name, limits)
    watch.size(blob)
    raw = source_text(blob, name)
    page = page_of(raw, watch)
    return Extracted("html", _joined(page.title, page.visible, page.hidden), raw)


def _pdf(blob: bytes, name: str, limits: Limits) -> Extracted:
    read = pdf_of(blob, name, limits)
    unread = [f"{read.empty} of {len(read.pages)} pages have no text"] if read.empty else []
    unread += [f"{read.attachments} attached files"] if read.attachments else []
    return Extracted("pdf", _joined(read.title, *read.pages, read.info), unread=_unread(name, unread))


def _docx(blob: bytes, name: str, limits: Limits) -> Extracted:
    read = docx_of(blob, name, limits)
    unread = [f"{read.unread} embedded files or pictures"] if read.unread else []
    return Extracted("docx", _joined(read.title, read.visible, read.hidden), unread=_unread(name, unread))


def _joined(*texts: str) -> str:
    return "\n\n".join(filter(None, texts))


def _unread(name: str, what: list[str]) -> str:
    return f"{name}: not read: {'; '.join(what)}." if what else ""


_READERS: dict[str, Callable[[bytes, str, Limits], Extracted]] = {
    "text": _text,
    "html": _html,
    "pdf": _pdf,
    "docx": _docx,
}
