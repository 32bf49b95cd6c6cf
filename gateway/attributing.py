"""Attribution for the caller, on the spot: which chunk each sentence of an answer may come from, by the words of both.

The caller reads the answer and had the documents, so both are compared as he has them, restored. What is said in other
words is found later, behind the log (stores/attributing.py).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from gateway.crediting import TEXTS
from gateway.domain.chat import Text
from gateway.domain.documents import Chunk, ChunkState
from gateway.domain.json import Object, Path
from gateway.domain.runs import Edge
from gateway.recognition.attributing import OPEN, Grams, Judged, attribute

_READ = frozenset({ChunkState.SENT, ChunkState.MASKED})


def attribution(
    answer: Mapping[tuple[int, str], str], edges: Sequence[Edge], texts: Sequence[Text], restored: Callable[[str], str]
) -> Object:
    """Return what the sentences of *answer*, its texts by channel, are attributed to among the chunks of *edges*.

    *texts* are those of the request, in which chunks may stand; *restored* puts the caller's values into a text. Each
    sentence tells by `index` and `channel` in which part of the answer it stands, and from `start` to `end` where;
    `unattributed` are the numbers of those that no chunk has, `unread` counts the chunks whose text is not here.
    """
    chunks = list({_name(edge.chunk): edge.chunk for edge in edges if edge.state in _READ}.values())
    places = {text.path: text.value for text in texts}
    known = [(chunk, restored(text)) for chunk in chunks if (text := _text(chunk, places))]
    compared = [Grams.of(text) for _, text in known]
    sentences: list[Object] = []
    unattributed: list[int] = []
    for (index, channel), said in answer.items():
        for one, text in _judged(restored(said), compared) if channel in TEXTS else ():
            if one.method == OPEN:
                unattributed.append(len(sentences))
            of = {} if one.chunk is None else _told(known[one.chunk][0])
            start, end = one.span
            sentences.append(
                {"index": index, "channel": channel, "start": start, "end": end, "text": text, "method": one.method,
                 "score": one.score, **of}
            )  # fmt: skip
    return {"sentences": [*sentences], "unattributed": [*unattributed], "unread": len(chunks) - len(known)}


def _judged(text: str, compared: Sequence[Grams]) -> Iterator[tuple[Judged, str]]:
    for one in attribute(text, compared):
        yield one, text[slice(*one.span)]


def _text(chunk: Chunk, places: Mapping[Path, str]) -> str:
    """Return the text of *chunk*, or what of it stands in the request."""
    if chunk.text:
        return chunk.text
    text = places.get(chunk.path, "")
    return "\n".join(text[start:end] for start, end in chunk.spans)


def _name(chunk: Chunk) -> tuple[str, str, str]:
    return str(chunk.source), chunk.document, chunk.digest


def _told(chunk: Chunk) -> Object:
    return {"document": chunk.document, "source": str(chunk.source), "chunk": chunk.digest}
