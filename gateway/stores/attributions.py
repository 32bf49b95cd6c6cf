"""What the sentences of an answer are attributed to: as the table has it, or worked out when it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select

from gateway.domain.attributions import Attribution, Sentence
from gateway.domain.digests import Digest
from gateway.domain.runs import Outcome
from gateway.recognition.attributing import OPEN
from gateway.stores.attributing import Answered, Answers, WordAttribution, read
from gateway.stores.compression import compressor
from gateway.stores.decoding import decode
from gateway.stores.packing import pack_id, unpack_digest
from gateway.stores.queries import CHUNK, DOCUMENT, EDGE, EVENT, OUTCOME, RESPONSE, SOURCE, VERSION
from gateway.stores.questions import Questions
from gateway.stores.statements import table
from gateway.stores.tables import (
    AttributionRow,
    ChunkRow,
    DocumentRow,
    EdgeRow,
    EventRow,
    OutcomeRow,
    ResponseRow,
    SourceRow,
    VersionRow,
)

ATTRIBUTION = table(AttributionRow).c


class SQLAttributions:
    """Tells attributions, asking *questions*; *words* works out those that nobody has written yet."""

    def __init__(self, questions: Questions, answers: Answers, words: WordAttribution) -> None:
        self._questions = questions
        self._texts = answers.texts
        self._words = words

    def attribution(self, response: str, tenant: str | None) -> Attribution | None:
        """Return the attribution of *response* of *tenant*, or of whomever; `None` if it is not recorded.

        Raises `LineageUnavailable`.
        """
        with self._questions.asking(tenant) as ask:
            rows = ask(_answer, id=pack_id(response))
            if not rows:
                return None
            seq, owner, detail = rows[0]
            fed = read(ask(_context, seq=seq))
            named = {int(number): _Named(*about) for number, *about in ask(_names, seq=seq)}
            written = [_Written(*row) for row in ask(_sentences, seq=seq)]
        released = _released(detail)
        wanted = [*filter(None, [released]), *(one.digest for one in fed)]
        kept = self._texts.kept(owner, wanted)
        unread = sum(one.digest not in kept for one in fed)
        if released not in kept:
            return Attribution(response, unread=unread)
        answer = Answered(int(seq), owner, kept[released], fed)
        told = [_sentence(one, answer.text, named) for one in written or self._worked_out(answer)]
        return Attribution(response, told, [at for at, one in enumerate(told) if one.method == OPEN], unread)

    def _worked_out(self, answer: Answered) -> Sequence["_Written"]:
        chunks, judged = self._words.judged(answer)
        return [
            _Written(*one.span, None if one.chunk is None else chunks[one.chunk].number, one.score * 1000, one.method)
            for one in judged
        ]


class _Named(NamedTuple):
    """A chunk as people know it."""

    digest: bytes
    document: str
    namespace: str
    source: str


class _Written(NamedTuple):
    """A sentence as its row has it."""

    start: int
    end: int
    chunk: int | None
    score: float
    method: str


def _released(detail: bytes | None) -> Digest:
    body = decode("outcome", compressor().unpack(detail)) if detail is not None else None
    return body.released or "" if isinstance(body, Outcome) else ""


def _sentence(one: _Written, answer: str, named: Mapping[int, _Named]) -> Sentence:
    told = Sentence(one.start, one.end, answer[one.start : one.end], one.method, round(one.score / 1000, 3))
    about = named.get(one.chunk) if one.chunk is not None else None
    if about is None:
        return told
    source = f"{about.namespace}/{about.source}"
    return replace(told, chunk=unpack_digest(bytes(about.digest)), document=about.document, source=source)


def _answer(tenant: bool) -> Select[Any]:
    """The response `id`: its place, whose it is, and its outcome."""
    found = (
        select(RESPONSE.seq, RESPONSE.tenant, EVENT.detail)
        .outerjoin_from(table(ResponseRow), table(OutcomeRow), OUTCOME.seq == RESPONSE.seq)
        .outerjoin(table(EventRow), EVENT.idx == OUTCOME.event)
        .where(RESPONSE.id == bindparam("id"))
    )
    return found.where(RESPONSE.tenant == bindparam("tenant")) if tenant else found


def _context(tenant: bool) -> Select[Any]:
    """The chunks of the response `seq`, as `attributing.read` takes them."""
    return (
        select(EDGE.seq, EDGE.chunk, CHUNK.digest, EDGE.state)
        .join_from(table(EdgeRow), table(ChunkRow), CHUNK.id == EDGE.chunk)
        .where(EDGE.seq == bindparam("seq"))
        .order_by(EDGE.position)
    )


def _names(tenant: bool) -> Select[Any]:
    """The same as people know them."""
    return (
        select(CHUNK.id, CHUNK.digest, DOCUMENT.name, SOURCE.namespace, SOURCE.name)
        .join_from(table(EdgeRow), table(ChunkRow), CHUNK.id == EDGE.chunk)
        .join(table(VersionRow), VERSION.id == CHUNK.version)
        .join(table(DocumentRow), DOCUMENT.id == VERSION.document)
        .join(table(SourceRow), SOURCE.id == DOCUMENT.source)
        .where(EDGE.seq == bindparam("seq"))
        .distinct()
    )


def _sentences(tenant: bool) -> Select[Any]:
    """What is written of the sentences of the response `seq`."""
    row = ATTRIBUTION
    found = select(row.start, row.end, row.chunk, row.score, row.method)
    return found.where(row.seq == bindparam("seq")).order_by(row.sentence)
