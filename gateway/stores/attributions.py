"""What the sentences of an answer are attributed to: as the table has it, or worked out when it is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, select

from gateway.domain.attributions import Attribution, Sentence, Share
from gateway.domain.digests import Digest
from gateway.domain.documents import ChunkState, Source
from gateway.domain.records import ContextEntry, ResponseRecord
from gateway.recognition.attributing import OPEN
from gateway.stores.additions import short
from gateway.stores.attributing import Answered, Answers, Fed, WordAttribution, answer, read, released
from gateway.stores.packing import pack_digest, pack_id, unpack_digest
from gateway.stores.queries import CHUNK, DOCUMENT, EDGE, SOURCE, VERSION
from gateway.stores.questions import Questions
from gateway.stores.statements import table
from gateway.stores.tables import AttributionRow, ChunkRow, DocumentRow, EdgeRow, SourceRow, VersionRow

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
        found = self._found(response, tenant)
        if found is None:
            return None
        unread = sum(one.digest not in found.kept for one in found.fed)
        if (text := found.text) is None:
            return Attribution(response, unread=unread)
        told = [_sentence(one, text, found.named) for one in self._sentences(found)]
        return Attribution(response, told, [at for at, one in enumerate(told) if one.method == OPEN], unread)

    def marked(self, record: ResponseRecord) -> ResponseRecord:
        """Return *record* with the state `attributed` for the chunks that a sentence of its answer is attributed to.

        So it is whatever is left of its texts, as in the blast radius. Raises `LineageUnavailable`.
        """
        if record.released is None or not record.context:
            return record
        found = self._found(record.id, record.tenant)
        shares = _shares(self._sentences(found), found.named) if found else {}
        return replace(record, context=[_marked(entry, shares) for entry in record.context]) if shares else record

    def _found(self, response: str, tenant: str | None) -> "_Found | None":
        with self._questions.asking(tenant) as ask:
            rows = ask(answer, id=pack_id(response))
            if not rows:
                return None
            seq, owner, detail = rows[0]
            fed = read(ask(_context, seq=seq))
            named = {int(row[0]): _Named(bytes(row[1]), bytes(row[2]), *row[3:]) for row in ask(_names, seq=seq)}
            written = [_Written(*row) for row in ask(_sentences, seq=seq)]
        name = released(detail)
        kept = self._texts.kept(owner, [*filter(None, [name]), *(one.digest for one in fed)])
        return _Found(int(seq), owner, kept.get(name), fed, kept, named, written)

    def _sentences(self, found: "_Found") -> Sequence["_Written"]:
        """Return what is written of *found*; what will be if nobody has followed so far."""
        if found.written or found.text is None:
            return found.written
        chunks, judged = self._words.judged(Answered(found.seq, found.tenant, found.text, found.fed))
        return [
            _Written(*one.span, None if one.chunk is None else chunks[one.chunk].number, one.score * 1000, one.method)
            for one in judged
        ]


class _Named(NamedTuple):
    """A chunk as people know it."""

    digest: bytes
    version: bytes
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


class _Found(NamedTuple):
    """What is recorded of an answer."""

    seq: int
    tenant: str
    text: str | None
    """`None` if nothing was released, or it is not kept."""
    fed: Sequence[Fed]
    kept: Mapping[Digest, str]
    named: Mapping[int, _Named]
    """The chunks of its context, by number."""
    written: Sequence[_Written]


def _shares(written: Sequence[_Written], named: Mapping[int, _Named]) -> Mapping[_Named, Share]:
    """Return what the sentences that are *written* have of each chunk."""
    shares: dict[_Named, Share] = {}
    for one in written:
        if one.chunk is not None and (about := named.get(one.chunk)) is not None:
            own = Share(one.method, round(one.score / 1000, 3))
            known = shares.get(about)
            nearest = own if known is None or own.score > known.score else known
            shares[about] = replace(nearest, sentences=known.sentences + 1 if known else 1)
    return shares


def _marked(entry: ContextEntry, shares: Mapping[_Named, Share]) -> ContextEntry:
    source = Source.read(entry.source)
    digests = pack_digest(entry.chunk), pack_digest(entry.version)
    share = shares.get(_Named(*digests, *map(short, (entry.document, source.namespace, source.name))))
    if share is None or entry.state is ChunkState.DROPPED:
        return entry
    return replace(entry, state=ChunkState.ATTRIBUTED, attribution=share)


def _sentence(one: _Written, answer: str, named: Mapping[int, _Named]) -> Sentence:
    told = Sentence(one.start, one.end, answer[one.start : one.end], one.method, round(one.score / 1000, 3))
    about = named.get(one.chunk) if one.chunk is not None else None
    if about is None:
        return told
    source = f"{about.namespace}/{about.source}"
    return replace(told, chunk=unpack_digest(about.digest), document=about.document, source=source)


def _context(tenant: bool) -> Select[Any]:
    """The chunks of the response `seq`, as `attributing.read` takes them."""
    return (
        select(EDGE.seq, EDGE.chunk, CHUNK.digest, EDGE.state, EDGE.how)
        .join_from(table(EdgeRow), table(ChunkRow), CHUNK.id == EDGE.chunk)
        .where(EDGE.seq == bindparam("seq"))
        .order_by(EDGE.position)
    )


def _names(tenant: bool) -> Select[Any]:
    """The same as people know them."""
    return (
        select(CHUNK.id, CHUNK.digest, VERSION.digest, DOCUMENT.name, SOURCE.namespace, SOURCE.name)
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
