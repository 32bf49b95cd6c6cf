"""DOCX (ECMA-376): every part of the file that holds text, read as a stream.

Libraries that show paragraphs miss what stands in text boxes, notes, content controls and tracked insertions. Here all
text elements of all parts are read. What a reader does not see (hidden runs, tracked deletions, field codes,
alternative texts) comes as a document of its own, tagged `hidden-text`, as for HTML.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, NoReturn
from xml.parsers import expat

from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import Facts
from gateway.loaders.html import HIDDEN
from gateway.loaders.limits import LIMITS, Limits, Watch

MAIN = "word/document.xml"
PROPERTIES = "docProps/core.xml"

PARTS_MAX = 10_000
"""Files in the archive."""

_ORDER = ("document", "footnotes", "endnotes", "comments", "header", "footer")
"""Parts in the order in which they come; others after them."""

_PIECE = 65_536
_UNTOLD = re.compile(r"_rels/|\[Content_Types\]|theme/|word/(?:styles|settings|fontTable|webSettings|numbering)")
"""Parts that hold no text."""


@dataclass(frozen=True, slots=True)
class DOCX:
    """The texts of one file."""

    title: str
    visible: str
    hidden: str
    unread: int
    """Files in it that are not read: embedded workbooks, pictures and the like."""


@dataclass(frozen=True, slots=True)
class DOCXLoader:
    """Reads a file as one document, and as a second one, `…#hidden`, what it hides, if anything."""

    suffixes: tuple[str, ...] = (".docx", ".docm")

    def load(self, blob: bytes, source: Source, name: str) -> Iterator[Document]:
        """Yield the documents in *blob*.

        Raises `BadRequest` for a file that is encrypted or damaged, that unpacks to too much, or that declares
        entities.
        """
        read = docx_of(blob, name)
        title = read.title or None
        yield Document(source, name, read.visible, digest(read.visible), title)
        if read.hidden:
            labels = Facts(tags=(HIDDEN,))
            yield Document(source, f"{name}#hidden", read.hidden, digest(read.hidden), title, labels=labels)


def docx_of(blob: bytes, name: str, limits: Limits = LIMITS) -> DOCX:
    """Return what the DOCX *blob* says. Raises what `DOCXLoader.load` does."""
    watch = Watch(name, limits)
    watch.size(blob)
    reading = _Reading(name, watch)
    try:
        with zipfile.ZipFile(io.BytesIO(blob)) as archive:
            parts = archive.infolist()
            if len(parts) > PARTS_MAX:
                raise watch.exceeded(f"holds more than {PARTS_MAX} parts")
            if MAIN not in {part.filename for part in parts}:
                raise BadRequest(f"{name} is an archive, but no DOCX document.", code="not_docx")
            # By entry and not by name: of two parts with one name, readers differ in which they take.
            for part in sorted((part for part in parts if _is_told(part.filename)), key=_place):
                with archive.open(part) as stream:
                    reading.part(part.filename, stream)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, expat.ExpatError, ValueError):
        raise BadRequest(f"{name} is damaged, encrypted, or no DOCX file.", code="not_docx") from None
    return reading.docx(sum(_is_unread(part) for part in parts))


def _is_told(part: str) -> bool:
    return part.endswith(".xml") and not _UNTOLD.search(part)


def _is_unread(part: zipfile.ZipInfo) -> bool:
    """Tell whether *part* is neither XML nor the picture of the first page that Office adds."""
    name = part.filename
    return not part.is_dir() and not name.endswith((".xml", ".rels")) and not name.startswith("docProps/thumbnail")


def _place(part: zipfile.ZipInfo) -> tuple[int, str]:
    name = part.filename.rpartition("/")[2]
    place = next((at for at, kind in enumerate(_ORDER) if name.startswith(kind)), len(_ORDER))
    return place, part.filename


class _Reading:
    """What the parts of a file say, in the order in which they are read."""

    def __init__(self, name: str, watch: Watch) -> None:
        self._name = name
        self._watch = watch
        self._unpacked = 0
        self._title: list[str] = []
        self._visible: list[str] = []
        self._hidden: list[str] = []
        self._open: list[str] = []
        self._is_properties = False
        self._run_is_hidden = False
        self._beside = 0
        """Elements around that say once more, for older readers, what stands elsewhere."""

    def part(self, part: str, stream: IO[bytes]) -> None:
        """Take in the XML of one *part*."""
        self._is_properties = part == PROPERTIES
        self._open.clear()
        self._beside = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        while piece := stream.read(_PIECE):
            self._watch.tick()
            self._unpacked += len(piece)
            if self._unpacked > self._watch.limits.unpacked:
                raise self._watch.exceeded(f"unpacks to more than {self._watch.limits.unpacked} bytes")
            parser.Parse(piece, False)
        parser.Parse(b"", True)
        self._break("\n")

    def docx(self, unread: int) -> DOCX:
        """Return what was taken in."""
        visible, hidden = _lines(self._visible), _lines(self._hidden)
        seen = set(visible)
        unseen = [line for line in hidden if line not in seen]
        return DOCX(" ".join("".join(self._title).split()), "\n".join(visible), "\n".join(unseen), unread)

    def _doctype(self, *_: object) -> NoReturn:
        # ECMA-376 part 2, 7.2.3: there is none. With one come entities: bombs, and reaching for other files.
        raise BadRequest(f"{self._name} declares a document type, which no DOCX file does.", code="not_docx")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        self._open.append(name)
        if len(self._open) > self._watch.limits.depth:
            raise self._watch.exceeded(f"is nested deeper than {self._watch.limits.depth} levels")
        if name == "r":
            self._run_is_hidden = False
        elif name == "vanish":
            self._run_is_hidden = _is_on(attributes)
        elif name == "Fallback":
            self._beside += 1
        elif name in ("tab", "ptab"):
            self._break("\t")
        elif name in ("br", "cr"):
            self._break("\n")
        for key in ("descr", "title"):
            if name in ("docPr", "cNvPr") and (said := attributes.get(key)):
                self._hidden += ["\n", said, "\n"]

    def _end(self, tag: str) -> None:
        name = self._open.pop()
        if name == "Fallback":
            self._beside -= 1
        elif name == "p":
            self._break("\n")
        elif name == "tc":
            self._break("\t", after_paragraph=True)
        elif name == "tr":
            self._break("\n", after_paragraph=True)
        elif name == "r":
            self._run_is_hidden = False

    def _text(self, text: str) -> None:
        self._watch.read(text)
        name = self._open[-1]
        if self._is_properties:
            if name == "title":
                self._title.append(text)
        elif name in ("delText", "instrText", "delInstrText"):
            self._hidden.append(text)
        elif name == "t":
            hidden = self._run_is_hidden or self._beside
            (self._hidden if hidden else self._visible).append(text)

    def _break(self, mark: str, *, after_paragraph: bool = False) -> None:
        """End a line or a cell; *after_paragraph* in the place of the line's end that its last paragraph brought."""
        for parts in (self._visible, self._hidden):
            if after_paragraph and parts and parts[-1] in ("\n", "\t"):
                parts[-1] = mark
            elif parts:
                parts.append(mark)


def _is_on(attributes: dict[str, str]) -> bool:
    """Tell whether a toggle property is set: without a value it is."""
    values = [value for key, value in attributes.items() if key.rpartition(" ")[2] == "val"]
    return not values or values[0].lower() not in ("0", "false", "off")


def _lines(parts: list[str]) -> list[str]:
    lines = (line.rstrip() for line in "".join(parts).split("\n"))
    return [line for line in lines if line.strip()]
