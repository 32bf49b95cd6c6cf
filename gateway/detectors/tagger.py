"""Named entities by spaCy, as quick as a small model on a processor can be; spaCy's one door.

Only the component for entities is loaded: parser, tagger, lemmatizer and attribute ruler decide nothing about names.
Of a text only those words are read that could be names, and as many around them as the model sees.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

import spacy
from numpy import matmul
from spacy.language import Language
from spacy.pipeline import EntityRecognizer
from spacy.tokens import Doc
from thinc.api import NumpyOps

from gateway.detectors.firstnames import FIRST_NAMES
from gateway.detectors.lexicon import COMMON
from gateway.detectors.models import Model
from gateway.detectors.pieces import Span, pieces
from gateway.detectors.spelling import person, place

_UNUSED = ("parser", "tagger", "morphologizer", "lemmatizer", "trainable_lemmatizer", "attribute_ruler", "senter")
_TOGETHER = 64
"""Pieces that are decided together: enough to share the cost of a step, few enough for the cache of a processor."""

_ZONE = 250_000
"""Characters after which words are forgotten: a few megabytes. Not sooner, for common words are then new again."""

_SURE, _UNSURE = 0.85, 0.6
"""Presidio's score for every entity of a model, and that of a single word that is not known as a first name: of these,
every second one in technical prose is something else."""


class Entity(NamedTuple):
    """A place in a text, under the names that Presidio's recogniser reads."""

    label_: str
    start_char: int
    end_char: int
    score: float = _SURE


class Tagger:
    """Finds entities with *model*, or none without one; *labels* says what the model's labels are called here."""

    def __init__(self, model: Model | None, language: str, labels: Mapping[str, str]) -> None:
        self.nlp = spacy.load(model.path, exclude=_UNUSED) if model else spacy.blank(language)
        self._labels = labels
        self._zone = ExitStack()
        self._read_in_zone = _ZONE
        self._common = self.nlp.Defaults.stop_words | COMMON
        self._read = _reader(self.nlp)

    def entities(self, texts: Sequence[str], known: Sequence[Sequence[Span]] | None = None) -> list[list[Entity]]:
        """Return the entities of each of *texts*, but for words in the spans of it that are *known* to be some.

        Documents of `nlp` that came before are not to be used afterwards.
        """
        self._renew(sum(map(len, texts)))
        found: list[list[Entity]] = [[] for _ in texts]
        if not self._labels or not self.nlp.pipe_names:
            return found
        numbered = [
            (number, piece)
            for number, (text, spans) in enumerate(zip(texts, known or [()] * len(texts), strict=True))
            for piece in pieces(text, self._common, spans)
        ]
        numbered.sort(key=lambda one: len(one[1].text))
        for start in range(0, len(numbered), _TOGETHER):
            some = numbered[start : start + _TOGETHER]
            docs = self._read([_calmed(piece.text) for _, piece in some])
            for (number, piece), doc in zip(some, docs, strict=True):
                found[number] += self._credible(texts[number], piece.start, doc)
        return found

    def _renew(self, characters: int) -> None:
        """Forget the words read so far when there are many; spaCy's vocabulary grows with every word otherwise."""
        self._read_in_zone += characters
        if self._read_in_zone > _ZONE:
            self._zone.close()
            self._zone.enter_context(self.nlp.memory_zone())
            self._read_in_zone = characters

    def _credible(self, text: str, offset: int, doc: Doc) -> Iterator[Entity]:
        """Yield those entities of *doc*, which begins at *offset* in *text*, that are written as what they are."""
        for entity in doc.ents:
            label = self._labels.get(entity.label_)
            if label:
                span: Span | None = (offset + entity.start_char, offset + entity.end_char)
                judge = _SPELLINGS.get(label)
                span = judge(text, *span) if judge and span else span
                if span:
                    yield Entity(label, *span, _score(label, text[slice(*span)]))


_SPELLINGS: Mapping[str, Callable[[str, int, int], Span | None]] = {"PERSON": person, "LOCATION": place}


def _score(label: str, name: str) -> float:
    return _UNSURE if label == "PERSON" and name.isalpha() and name not in FIRST_NAMES else _SURE


_SHOUTED = re.compile(r"(?<![^\W_])[^\W\d_]{4,}(?![^\W_])")


def _calmed(text: str) -> str:
    """Return *text* with words that are all in capitals written as others are: that is how the model knows towns."""
    return _SHOUTED.sub(_capitalised, text)


def _capitalised(word: re.Match[str]) -> str:
    calm = word[0].capitalize()
    return calm if word[0].isupper() and len(calm) == len(word[0]) else word[0]


Reader = Callable[[Sequence[str]], Iterable[Doc]]


def _reader(nlp: Language) -> Reader:
    """Return what makes documents with entities of texts: `nlp.pipe`, or what does the same quicker for usual models.

    On one core 2,000 characters full of names took 31 ms whole, 26 in pieces by `nlp.pipe`, 20 with the steps of
    `_read`, 14 with the matrices of `_Ops` as well: the budget of 15 ms needs all three. Both are checked against
    `nlp` by a test, and a model of another build is left to `nlp.pipe`.
    """
    listening = getattr(nlp.get_pipe("tok2vec"), "listening_components", ()) if nlp.has_pipe("tok2vec") else ()
    if nlp.has_pipe("tok2vec") and "ner" not in listening:
        nlp.remove_pipe("tok2vec")
    recogniser = nlp.get_pipe("ner") if nlp.pipe_names == ["ner"] else None
    if not isinstance(recogniser, EntityRecognizer) or recogniser.cfg["beam_width"] != 1:
        return nlp.pipe
    for node in recogniser.model.walk():
        node.ops = _Ops()
    return partial(_read, nlp, recogniser)


def _read(nlp: Language, recogniser: EntityRecognizer, texts: Sequence[str]) -> list[Doc]:
    """Return *texts* as documents with entities, as `nlp.pipe` does, all of them one step at a time.

    spaCy's own loop takes and gives back the interpreter's lock for every number that it compares.
    """
    docs = [nlp.make_doc(text) for text in texts]
    states = recogniser.moves.init_batch(docs)
    steps = recogniser.model.predict(docs)
    unfinished = [state for state in states if not state.is_final()]
    while unfinished:
        unfinished = recogniser.transition_states(unfinished, steps.predict(unfinished))
    steps.clear_memory()
    recogniser.set_annotations(docs, states)
    return docs


class _Ops(NumpyOps):  # type: ignore[misc]
    """Multiplies matrices with numpy's library, about three times as quick as the one that spaCy brings along."""

    def gemm(self, x, y, out=None, trans1=False, trans2=False):  # type: ignore[no-untyped-def]
        return matmul(x.T if trans1 else x, y.T if trans2 else y, out=out)
