"""A document as JSON describes it, in a file or in a request: read strictly, so that nothing is guessed."""

from gateway.domain.digests import digest
from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import NONE, Facts
from gateway.domain.json import JSON, Object
from gateway.domain.labels import read_labels

DECLARED = Source("lineward", "declared")
"""Source of a document that names none: the one that a prompt's declared documents are of."""

FIELDS = frozenset({"id", "text", "title", "url", "source", "version", "labels"})


def described(
    item: JSON, source: Source, at: str, *, name: str | None = None, labels: bool = True, param: str | None = None
) -> Document:
    """Return the document that *item* is: `{id, text, title?, url?, source?, version?, labels?}`.

    *source* is that of a document which names none; *name* its id when it has none, which else is required. Without
    *labels* its own labels are not read. *at* tells people where it stands, *param* machines. Raises `BadRequest`.
    """
    reading = _Reading(item if isinstance(item, dict) else {}, at, param)
    if not isinstance(item, dict):
        raise reading.wrong("", "must be an object with 'id' and 'text'")
    if unknown := sorted(item.keys() - FIELDS):
        raise reading.wrong(unknown[0], f"is not known; known are {', '.join(sorted(FIELDS))}")
    text = reading.string("text")
    if text is None:
        raise reading.wrong("text", "is missing")
    identity = reading.identity() or name
    if identity is None:
        raise reading.wrong("id", "is missing")
    named = reading.string("source")
    return Document(
        source=Source.parse(named) if named else source,
        id=identity,
        text=text,
        version=reading.string("version") or digest(text),
        title=reading.string("title") or None,
        url=reading.string("url") or None,
        labels=reading.labels() if labels else NONE,
    )


class _Reading:
    """One item, and where it stands."""

    __slots__ = ("_at", "_item", "_param")

    def __init__(self, item: Object, at: str, param: str | None) -> None:
        self._item = item
        self._at = at
        self._param = param

    def string(self, name: str) -> str | None:
        value = self._item.get(name)
        if value is not None and not isinstance(value, str):
            raise self.wrong(name, "must be a string")
        return value

    def identity(self) -> str | None:
        value = self._item.get("id")
        if isinstance(value, bool) or not isinstance(value, str | int | None):
            raise self.wrong("id", "must be a string or a whole number")
        return None if value is None or value == "" else str(value)

    def labels(self) -> Facts:
        given = self._item.get("labels")
        if given is None:
            return NONE
        if not isinstance(given, dict):
            raise self.wrong("labels", "must be an object")
        return read_labels(dict(given.items()), self._at, self._place("labels"))

    def wrong(self, name: str, sentence: str) -> BadRequest:
        subject = f"{self._at}: {name!r} {sentence}." if name else f"{self._at} {sentence}."
        return BadRequest(subject, param=self._place(name), code="invalid_document")

    def _place(self, name: str) -> str | None:
        if self._param is None:
            return None
        return f"{self._param}.{name}" if name else self._param
