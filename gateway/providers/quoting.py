"""Sentences of a prompt that share most words with its question."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from gateway.domain.chat import ChatRequest

_HEADING = re.compile(r"^\[(doc[0-9]+)\] (.*)\n?", re.MULTILINE)
"""How `ChatRequest.with_context` begins each document."""

_MARK = re.compile(r"<<(?:end of )?untrusted [0-9a-f]*[^<>\n]*>>\n?")
"""What stands around a text that strangers wrote (`effect: fence`)."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])|\n+")
_SOURCES = frozenset({"system", "user", "tool"})
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")
"""Chinese and Japanese write no spaces: each of their characters counts as a word."""

_ENDINGS = ("ies", "ing", "ed", "es", "s", "e", "y")
"""Those that most often hide that two English words are one; longer ones first."""

_COMMON = frozenset(
    "a about an and any are as at be been but by can could did do does for from had has have how i if in into is "  # noqa: SIM905 - three lines instead of eighty
    "it its me my no not of on or our s say she so tell than that the their them there they this to us was we were "
    "what when where which who whom whose why will with would you your".split()
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of the prompt that an answer may quote."""

    label: str
    """`doc1` …; empty for a text that is not an assembled document."""
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """One sentence of a passage, verbatim."""

    text: str
    passage: Passage


def passages(request: ChatRequest) -> tuple[str, list[Passage]]:
    """Return the question of *request* and what an answer may quote: documents first, then other texts.

    The question is the last user message, less the documents and paragraphs of context in it. An assembled document
    is a passage of its own, and what introduces it is none; any other system, user or tool text is one passage. What
    the assistant said earlier is no source.
    """
    texts = [text for text in request.texts if text.kind in _SOURCES and text.path[-1] in ("content", "text")]
    asked = max((cast(int, text.path[1]) for text in texts if text.kind == "user"), default=-1)
    documents: list[Passage] = []
    others: list[Passage] = []
    for text in texts:
        if text.path[1] != asked:
            _, found = _documents(text.value, until_blank_line=False)
            documents += found
            others += () if found else (Passage("", "", text.value),)
    last = "\n\n".join(text.value for text in texts if text.path[1] == asked)
    around, found = _documents(last, until_blank_line=True)
    question, context = (around, "") if found else _asked(around)
    return question, [*documents, *found, *others, Passage("", "", context)]


def _asked(text: str) -> tuple[str, str]:
    """Return the paragraph of *text* that asks, the last one if none has a question mark; and the others."""
    paragraphs = text.strip().split("\n\n")
    marked = [position for position, paragraph in enumerate(paragraphs) if paragraph.rstrip().endswith("?")]
    at = marked[-1] if marked else len(paragraphs) - 1
    return paragraphs[at], "\n\n".join(paragraphs[:at] + paragraphs[at + 1 :])


def _documents(text: str, *, until_blank_line: bool) -> tuple[str, list[Passage]]:
    """Return what stands around the documents in *text*, and the documents.

    A document goes on to the next one or to the end; where a question may follow, only to the first blank line.
    """
    text = _MARK.sub("", text)
    headings = list(_HEADING.finditer(text))
    if not headings:
        return text, []
    around = [text[: headings[0].start()]]
    found: list[Passage] = []
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    for heading, end in zip(headings, ends, strict=True):
        body, rest = text[heading.end() : end], ""
        if until_blank_line:
            body, _, rest = body.partition("\n\n")
        found.append(Passage(heading[1], heading[2], body))
        around.append(rest)
    return "\n".join(around), found


def best(question: str, context: Sequence[Passage], most: int) -> list[Quote]:
    """Return at most *most* sentences of *context* that share words with *question*, best first.

    A word in a document's title counts half. Sentences with less than half of the best score stay out, and so does a
    second sentence with the same words.
    """
    asked = _words(question)
    scored = [(_score(asked, quote), quote) for passage in context for quote in _quotes(passage)]
    top = max((score for score, _ in scored), default=0)
    ranked = sorted(
        ((score, quote) for score, quote in scored if score and score * 2 >= top), key=lambda pair: -pair[0]
    )
    once = {quote.text: quote for _, quote in reversed(ranked)}
    return list(reversed(once.values()))[:most]


def _quotes(passage: Passage) -> Iterator[Quote]:
    for sentence in _SENTENCE_END.split(passage.text):
        if sentence and not sentence.isspace():
            yield Quote(sentence.strip(), passage)


def _score(asked: frozenset[str], quote: Quote) -> int:
    said = asked & _words(quote.text)
    return 2 * len(said) + len((asked & _words(quote.passage.title)) - said)


def _words(text: str) -> frozenset[str]:
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    return frozenset(_stem(word) for word in words if word not in _COMMON)


def _stem(word: str) -> str:
    """Return *word* without its ending, so that `refunds` and `refunded` are one word."""
    if word.endswith("ss"):
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word
