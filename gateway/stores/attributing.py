"""Attribution behind the log: each sentence of an answer, and the chunk of its context that it is attributed to.

It is derived, no evidence: nothing commits to it, verification does not look at it, and it is made again from the log
and the kept texts whenever that is wanted, and of a response when a late span tells of more that fed it. Two followers
work at it. The first compares words, for every answer. The second compares meanings, for what the first left open; it
needs an embedder, may lag far behind, and never undoes what the first has found.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from sqlalchemy import Select, bindparam, select

from gateway.domain.digests import Digest
from gateway.domain.documents import ChunkState, How
from gateway.domain.runs import Outcome
from gateway.recognition.arrays import Floats
from gateway.recognition.attributing import OPEN, OVERLAP, Grams, Judged, attribute, attributed
from gateway.recognition.sentences import sentences
from gateway.stores.asides import Asked
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.following import Said, Write
from gateway.stores.masters import Masters
from gateway.stores.packing import HOW_NUMBERS, STATE_NUMBERS, pack_id, unpack_digest
from gateway.stores.pool import Readers
from gateway.stores.queries import CHUNK, EDGE, EVENT, OUTCOME, READ_BY_A_MODEL, RESPONSE
from gateway.stores.questions import Questions
from gateway.stores.statements import table
from gateway.stores.tables import ChunkRow, EdgeRow, EventRow, OutcomeRow, ResponseRow
from gateway.stores.texts import SQLTexts

BY_WORDS, BY_MEANING = "attribution-1", "attribution-meaning-1"
"""Names of the followers' cursors."""

MEANING = "meaning"
"""How a sentence was attributed by the nearness of meaning."""

NEAR = 0.54
"""Cosine from which on a sentence is attributed by its meaning, with all-MiniLM-L6-v2 (`make bench-attribution`)."""

LATIN = 0x24F
"""The last character of the Latin script that alphabets are written in."""

KNOWN = 2_048
"""Chunks whose words, or whose meanings, are remembered."""

PIECES = 48
"""Sentences of a chunk whose meanings are compared."""

AT_ONCE = 32
"""Responses that one statement asks for."""

OUTCOME_KIND, TRACED_KIND = "outcome", "traced"
"""Types of the events that tell of an answer, and of what else fed it."""

_PLACES = tuple(f"n{number}" for number in range(AT_ONCE))

_PUT = """INSERT INTO attribution (seq, sentence, start, "end", chunk, score, method) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (seq, sentence) DO UPDATE
    SET chunk = excluded.chunk, score = excluded.score, method = excluded.method WHERE"""
_ADD = f"{_PUT} excluded.method = '{OVERLAP}' OR excluded.method = attribution.method"
_FOUND = f"{_PUT} attribution.method <> '{OVERLAP}'"
_SENT = frozenset(STATE_NUMBERS[state] for state in READ_BY_A_MODEL)
_TRACED = (STATE_NUMBERS[ChunkState.RETRIEVED], HOW_NUMBERS[How.TRACED])

Vectors = Callable[[Sequence[str]], Sequence[Sequence[float]]]
"""Turns texts into vectors of unit length; may take its time."""


class Fed(NamedTuple):
    """A chunk that was in a context."""

    number: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer that is kept, and the chunks of its context that a model read."""

    seq: int
    tenant: str
    text: str
    chunks: Sequence[Fed]


def clear(ask: Asked, size: int = 0) -> None:
    """Remove all attributions, whatever the *size* of the log."""
    ask.run("DELETE FROM attribution", ())


class Answers:
    """The kept answers of the record at *url*, whose texts *masters* open, and the chunks that fed them."""

    def __init__(self, url: str, masters: Masters | None = None, beside: Readers | None = None) -> None:
        self._questions = Questions(url, beside)
        self.texts = SQLTexts(url, masters, beside)

    def of(self, entries: Sequence[Said]) -> Iterator[Answered]:
        """Yield the answers that *entries* released, or of whose context they tell more; each once."""
        texts: dict[tuple[str, str], str | None] = {}
        for said in entries:
            if said.kind == OUTCOME_KIND and said.digest:
                texts[said.run, said.tenant] = said.text
            elif said.kind == TRACED_KIND and (said.run, said.tenant) not in texts:
                texts[said.run, said.tenant] = self._text(said.run, said.tenant)
        kept = {place: text for place, text in texts.items() if text is not None}
        fed = self._fed([run for run, _ in kept])
        for (run, tenant), text in kept.items():
            if rows := fed.get(run):
                yield Answered(int(rows[0][0]), tenant, text, read(rows))

    def _text(self, run: str, tenant: str) -> str | None:
        """Return the kept answer of the response *run*, of which an earlier entry tells."""
        with self._questions.asking() as ask:
            name = next((released(row[2]) for row in ask(answer, id=pack_id(run))), "")
        return self.texts.kept(tenant, [name]).get(name) if name else None

    def _fed(self, runs: Sequence[str]) -> Mapping[str, Sequence[tuple[Any, ...]]]:
        """Return for each of the responses *runs* that is there its rows for `read`."""
        packed = {pack_id(run): run for run in runs}
        asked, found = [*packed], dict[str, list[tuple[Any, ...]]]()
        with self._questions.asking() as ask:
            for start in range(0, len(asked), AT_ONCE):
                part = asked[start : start + AT_ONCE]
                part += part[-1:] * (AT_ONCE - len(part))
                for run, *row in ask(_fed, **dict(zip(_PLACES, part, strict=True))):
                    found.setdefault(packed[bytes(run)], []).append(tuple(row))
        return found

    def close(self) -> None:
        """Close the connections."""
        self._questions.close()
        self.texts.close()


def read(rows: Sequence[tuple[Any, ...]]) -> Sequence[Fed]:
    """Return the chunks in *rows*, of one response, that a model read; each once, the first ones first.

    What an application has retrieved for a prompt by itself, as its spans tell, counts as read.
    """
    told = (Fed(int(row[1]), unpack_digest(bytes(row[2]))) for row in rows if row[3] in _SENT or row[3:5] == _TRACED)
    return [*dict.fromkeys(told)]


def released(detail: bytes | None) -> Digest:
    """Return the digest of what the outcome in *detail* released; nothing if there is none."""
    body = decode("outcome", compressor().unpack(detail)) if detail is not None else None
    return body.released or "" if isinstance(body, Outcome) else ""


def answer(tenant: bool) -> Select[Any]:
    """The response `id`: its place, whose it is, and its outcome."""
    found = (
        select(RESPONSE.seq, RESPONSE.tenant, EVENT.detail)
        .outerjoin_from(table(ResponseRow), table(OutcomeRow), OUTCOME.seq == RESPONSE.seq)
        .outerjoin(table(EventRow), EVENT.idx == OUTCOME.event)
        .where(RESPONSE.id == bindparam("id"))
    )
    return found.where(RESPONSE.tenant == bindparam("tenant")) if tenant else found


T = TypeVar("T")


class Remembered(Generic[T]):
    """What *make* made of the kept *texts* of chunks, of the latest ones."""

    def __init__(self, texts: SQLTexts, make: Callable[[str], T]) -> None:
        self._texts = texts
        self._make = make
        self._known: OrderedDict[tuple[str, Digest], T] = OrderedDict()

    def of(self, tenant: str, chunks: Sequence[Fed]) -> list[tuple[Fed, T]]:
        """Return it for each of *chunks* of *tenant* whose text is kept."""
        missing = [fed.digest for fed in chunks if (tenant, fed.digest) not in self._known]
        if missing:
            for digest, text in self._texts.kept(tenant, missing).items():
                self._known[tenant, digest] = self._make(text)
        found = [(fed, self._known[tenant, fed.digest]) for fed in chunks if (tenant, fed.digest) in self._known]
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return found


class WordAttribution:
    """The `Follower` that attributes by words, every answer."""

    name = BY_WORDS

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._known: Remembered[Grams] = Remembered(answers.texts, Grams.of)

    def derive(self, entries: Sequence[Said]) -> Write | None:
        """Attribute the sentences of the answers that *entries* released. See `Follower.derive`."""
        rows = [*self._rows([*self._answers.of(entries)])]
        return (lambda ask: ask.run(_ADD, *rows)) if rows else None

    def judged(self, answer: Answered) -> tuple[Sequence[Fed], Sequence[Judged]]:
        """Return the chunks of *answer* whose texts are kept, and what each sentence is attributed to among them."""
        known = self._known.of(answer.tenant, answer.chunks)
        return [fed for fed, _ in known], attribute(answer.text, [grams for _, grams in known])

    def _rows(self, answers: Sequence[Answered]) -> Iterator[tuple[object, ...]]:
        known = [self._known.of(answer.tenant, answer.chunks) for answer in answers]
        found = attributed(
            [(answer.text, [grams for _, grams in chunks]) for answer, chunks in zip(answers, known, strict=True)]
        )
        for answer, chunks, judged in zip(answers, known, found, strict=True):
            for number, one in enumerate(judged):
                chunk = None if one.chunk is None else chunks[one.chunk][0].number
                yield answer.seq, number, *one.span, chunk, round(one.score * 1000), one.method


class MeaningAttribution:
    """The `Follower` that attributes by meaning, with *vectors*, what words leave open and the model *reads*."""

    name = BY_MEANING

    def __init__(self, words: WordAttribution, answers: Answers, vectors: Vectors, reads: "Reads") -> None:
        self._words = words
        self._reads = reads
        self._answers = answers
        self._vectors = vectors
        self._known: Remembered[Floats] = Remembered(answers.texts, self._meanings)

    def derive(self, entries: Sequence[Said]) -> Write | None:
        """Attribute what is open of the answers that *entries* released. See `Follower.derive`."""
        rows = [row for answer in self._answers.of(entries) for row in self._rows(answer)]
        return (lambda ask: ask.run(_FOUND, *rows)) if rows else None

    def _rows(self, answer: Answered) -> Iterator[tuple[object, ...]]:
        _, judged = self._words.judged(answer)
        open_ones = (number for number, one in enumerate(judged) if one.method == OPEN)
        left = [number for number in open_ones if self._reads(answer.text[slice(*judged[number].span)])]
        known = self._known.of(answer.tenant, answer.chunks) if left else []
        known = [(fed, meanings) for fed, meanings in known if len(meanings)]
        if not left or not known:
            return
        own = np.array(self._vectors([answer.text[slice(*judged[number].span)] for number in left]))
        nearest = np.array([(own @ meanings.T).max(axis=1) for _, meanings in known])
        for at, number in enumerate(left):
            best = int(np.argmax(nearest[:, at]))
            cosine = float(nearest[best, at])
            if cosine >= NEAR:
                fed = known[best][0]
                yield answer.seq, number, *judged[number].span, fed.number, round(cosine * 1000), MEANING

    def _meanings(self, text: str) -> Floats:
        """Return the vectors of the sentences of *text*."""
        pieces = [text[slice(*span)] for span in sentences(text)[:PIECES]]
        return np.array(self._vectors(pieces)) if pieces else np.empty((0, 0))


Reads = Callable[[str], bool]
"""Tells whether a model knows the language of a text, so that nearness means something."""


def latin(text: str) -> bool:
    """Return whether *text* is in Latin letters: all-MiniLM-L6-v2 takes sentences of other scripts for each other."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(ord(letter) <= LATIN for letter in letters) >= 0.8 * len(letters) > 0


def _fed(tenant: bool) -> Select[Any]:
    """Responses with one of `AT_ONCE` ids, each with its id first, and the chunks that took part in them."""
    return (
        select(RESPONSE.id, RESPONSE.seq, EDGE.chunk, CHUNK.digest, EDGE.state, EDGE.how)
        .outerjoin_from(table(ResponseRow), table(EdgeRow), EDGE.seq == RESPONSE.seq)
        .outerjoin(table(ChunkRow), CHUNK.id == EDGE.chunk)
        .where(RESPONSE.id.in_([bindparam(place) for place in _PLACES]))
        .order_by(RESPONSE.seq, EDGE.position)
    )
