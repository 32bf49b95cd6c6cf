"""Answers that come as one body, in which no text grows: embeddings, moderations, rankings."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from gateway.dialects.texts import ANSWER_KEYS
from gateway.domain.chat import Call, Citation, Cites, Delta, Fragment, Part, Said
from gateway.domain.documents import Chunk
from gateway.domain.errors import BadRequest
from gateway.domain.json import JSON, Object, Path, place, replaced, strings
from gateway.domain.runs import Usage

_STRUCTURE = frozenset({"id", "object", "model"})
"""The protocol's own words at the top of a body."""


class Bodies:
    """The answer's half of a dialect, and the request's as far as it is the same for all."""

    path: ClassVar[str]
    results: ClassVar[frozenset[str]]
    """Fields one of which holds the results as a list: without it a body is no answer."""

    annotates = False
    has_parts = False

    def with_part(self, delta: Delta, text: str, position: int) -> list[Delta] | None:
        """Return `None`: such an answer has no parts."""
        return None

    def texts_of(self, raw: Object) -> Iterator[tuple[Path, str]]:
        """Yield the strings of the body *raw* that are text, with their paths."""
        for name, value in raw.items():
            if name not in _STRUCTURE or not isinstance(value, str):
                yield from strings(value, (name,), ANSWER_KEYS)

    def withheld(self, block: JSON, notice: str) -> JSON:
        """Return *notice*."""
        return notice

    def fragments(self, delta: Delta) -> list[Fragment]:
        """Return the strings of *delta* that a reader of the answer would see, in order; each is whole in itself."""
        return [Fragment((-1, place(path)), path, text, False) for path, text in self.texts_of(delta.raw) if text]

    def parts(self, delta: Delta) -> list[Part]:
        """Return nothing: no part of the answer grows."""
        return []

    def calls(self, delta: Delta) -> list[Call]:
        """Return nothing: such an answer calls no tool."""
        return []

    def place(self, fragment: Fragment) -> str:
        """Return where the text of *fragment* stands in the answer."""
        return fragment.channel[1]

    def alone(self, delta: Delta, path: Path, index: int, text: str) -> Delta:
        """Return *delta* with *text* at *path*: there is no piece of it that could come alone."""
        return Delta({**delta.raw, **_object(replaced(delta.raw, {path: text}))})

    def is_silent(self, raw: Object) -> bool:
        """Return `False`: numbers are an answer, too."""
        return False

    def said(self, raw: Object) -> Said:
        """Return what the body *raw* tells about the answer."""
        model, usage = raw.get("model"), raw.get("usage")
        return Said(model if isinstance(model, str) else "", (), _usage(usage) if isinstance(usage, dict) else None)

    def cited(
        self,
        delta: Delta,
        part: Part,
        sources: Sequence[Chunk],
        citations: Sequence[Citation],
        cites: frozenset[Cites],
    ) -> tuple[list[Delta], Delta]:
        """Return *delta* alone: it says nothing that a document could be cited for."""
        return [], delta

    def is_answer(self, raw: Object) -> bool:
        """Return whether the body *raw* has results."""
        return any(isinstance(raw.get(name), list) for name in self.results)

    def ends(self, raw: Object) -> bool:
        """Return `True`: there is one body."""
        return True

    def with_message(self, raw: Object, text: str) -> tuple[Object, Path]:
        """Raise `BadRequest`: these requests have no place for further documents."""
        raise BadRequest(f"At /v1{self.path} there is no conversation that documents could be put into.")


def check_has_no_context(body: Object) -> None:
    """Raise `BadRequest` when *body* asks for a stream, or for documents in a conversation that it does not have."""
    for name in ("documents", "collections", "data_sources"):
        if body.get(name):
            raise BadRequest(f"{name!r} has no meaning at this endpoint; leave it out.", param=name,
                             code="unsupported_parameter")  # fmt: skip
    check_is_whole(body)


def check_is_whole(body: Object) -> None:
    """Raise `BadRequest` when *body* asks for a stream."""
    if body.get("stream"):
        raise BadRequest("There are no streams at this endpoint; leave 'stream' out.", param="stream",
                         code="unsupported_parameter")  # fmt: skip


def _object(value: JSON) -> Object:
    return value if isinstance(value, dict) else {}


def _usage(usage: Object) -> Usage:
    tokens = usage.get("prompt_tokens", usage.get("total_tokens"))
    return Usage(tokens if isinstance(tokens, int) else 0, 0)
