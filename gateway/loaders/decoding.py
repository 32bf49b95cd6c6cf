"""Bytes to text, exactly or not at all."""

import codecs

from gateway.domain.errors import BadRequest

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks, longer ones before those that they begin with."""


def decoded(blob: bytes, name: str) -> str:
    """Return the text in *blob*: UTF-8, or what its byte order mark says; the mark is not part of the text.

    Raises `BadRequest` naming the file *name* when *blob* is something else. A guess would put text into prompts that
    no detector recognises.
    """
    encoding = encoding_of(blob)
    try:
        text = blob.decode(encoding)
    except UnicodeDecodeError as exc:
        raise BadRequest(
            f"{name} is not text in {encoding.removesuffix('-sig').upper()} (byte {exc.start}); save it as UTF-8.",
            code="not_text",
        ) from None
    if "\0" in text:
        raise BadRequest(f"{name} holds zero bytes, so it is not a text file.", code="not_text")
    return text


def encoding_of(beginning: bytes) -> str:
    """Return the encoding of a text with this *beginning*: what its byte order mark says, else UTF-8."""
    return next((encoding for mark, encoding in _MARKS if beginning.startswith(mark)), "utf-8")
