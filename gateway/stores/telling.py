"""The story of a response, put together from its events, the catalogue and the texts that were kept."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from gateway.domain.digests import Digest
from gateway.domain.errors import LineageUnavailable
from gateway.domain.records import ContextEntry, ResponseRecord
from gateway.domain.runs import Edge, Intent, Outcome, RunState, Traced
from gateway.stores import queries
from gateway.stores.additions import About, Additions, described
from gateway.stores.compression import compressor
from gateway.stores.connecting import Row
from gateway.stores.decoding import decode
from gateway.stores.packing import unpack_id, unpack_time
from gateway.stores.queries import Asking
from gateway.stores.tables import LATER
from gateway.stores.texts import Texts

PREVIEW = 240
"""Characters of a chunk's text that a record shows."""


class Told:
    """What the events of the response in *row* (`queries.responses`) tell.

    Raises `LineageUnavailable` if one of them is damaged.
    """

    def __init__(self, row: Row) -> None:
        self.seq, run, at, self.tenant, detail, catalogue, ending, state, outcome = row
        self.id = unpack_id(run)
        self.at = unpack_time(at)
        self.ending = ending
        self.state = None if state is None else RunState(state)
        unpack = compressor().unpack
        with _readable(self.seq):
            self.intent = _intent(unpack(detail))
            self.outcome = Outcome("") if outcome is None else _outcome(unpack(outcome))
            self.additions = _additions(catalogue)

    def outline(self, texts: Texts) -> ResponseRecord:
        """Return the record without its details, whose texts *texts* opens."""
        intent, outcome, principal = self.intent, self.outcome, self.intent.principal
        return ResponseRecord(
            id=self.id,
            at=self.at,
            tenant=self.tenant,
            application=principal.application,
            purpose=principal.purpose,
            end_user=principal.end_user,
            model=intent.model,
            provider=outcome.provider or intent.provider,
            region=_region(intent, outcome),
            stream=intent.stream,
            state=self.state,
            decision=outcome.decision,
            policy=intent.policy,
            request=intent.request,
            index=self.seq,
            outcome_index=self.ending,
            model_served=outcome.model,
            error=outcome.error,
            reason=outcome.reason,
            trace_id=intent.trace_id,
            released=outcome.released,
            question=self._text(texts, intent.question),
        )

    def record(self, ask: Asking, texts: Texts) -> ResponseRecord:
        """Return the whole record."""
        intent, outcome = self.intent, self.outcome
        return replace(
            self.outline(texts),
            answer=self._text(texts, outcome.released),
            context=self.context(ask, texts),
            decisions=(*intent.decisions, *outcome.decisions),
            findings=(*intent.findings, *outcome.findings),
            manifest=intent.manifest,
            dialect=intent.dialect,
            shape=intent.shape,
            conversation=intent.conversation,
            replays=intent.replays,
            continues=intent.continues,
            destinations=intent.destinations,
            tool_calls=outcome.tool_calls,
            attempts=outcome.attempts or intent.attempts,
            finish_reasons=outcome.finish_reasons,
            usage=outcome.usage,
            first_delta_ms=outcome.first_delta_ms,
            total_ms=None if self.state is None else outcome.total_ms,
        )

    def context(self, ask: Asking, texts: Texts | None = None) -> tuple[ContextEntry, ...]:
        """Return the parts of its chunks, those that were told later last; without *texts* there are no previews."""
        rows = {row[0]: row[1:] for row in ask(queries.context, seq=self.seq)}
        known = [
            self._entry(edge, self.additions, at, rows.get(at), texts) for at, edge in enumerate(self.intent.edges)
        ]
        later = [entry for row in ask(queries.told, seq=self.seq) for entry in self._told(row, rows, texts)]
        return (*known, *later)

    def _told(self, row: Row, rows: Mapping[int, Row], texts: Texts | None) -> Iterator[ContextEntry]:
        """Yield what the entry in *row* told of the context after the response was recorded."""
        index, detail, catalogue = row
        with _readable(index):
            body, additions = decode("traced", compressor().unpack(detail)), _additions(catalogue)
        for at, edge in enumerate(body.edges if isinstance(body, Traced) else ()):
            yield replace(self._entry(edge, additions, at, rows.get(index * LATER + at), texts), told=index)

    def _entry(
        self, edge: Edge, additions: Additions, position: int, row: Row | None, texts: Texts | None
    ) -> ContextEntry:
        chunk, winner = edge.chunk, edge.decision.winner
        about = _described(additions, position, row)
        return ContextEntry(
            rank=chunk.rank,
            chunk=chunk.digest,
            document=chunk.document,
            source=str(chunk.source),
            version=chunk.version,
            ordinal=chunk.ordinal,
            how=chunk.how,
            state=edge.state,
            score=chunk.score,
            rule=edge.rule,
            reason=winner.reason if winner else "",
            title=about.title,
            url=about.url,
            labels=about.labels,
            preview=self._text(texts, chunk.digest)[:PREVIEW],
            decision=edge.decision,
        )

    def _text(self, texts: Texts | None, name: Digest | None) -> str:
        return texts.text(self.tenant, name) or "" if name and texts else ""


def _described(additions: Additions, position: int, row: Row | None) -> About:
    """How the chunk at *position* was described when it was judged; as the catalogue has it, if not otherwise."""
    usual, special = ((None,) * 3, (None,) * 3) if row is None else (row[0:3], row[3:6])
    return described(additions.differing.get(position) or (special if special[2] is not None else usual))


def _additions(catalogue: bytes | None) -> Additions:
    return Additions.load(b"" if catalogue is None else compressor().unpack(catalogue))


@contextmanager
def _readable(index: int) -> Iterator[None]:
    """Tell of entry *index* that it is damaged, if it cannot be read."""
    try:
        yield
    except ValueError as exc:
        raise LineageUnavailable(f"entry {index} of the lineage log is damaged; `lineward verify` tells more") from exc


def _region(intent: Intent, outcome: Outcome) -> str:
    """Return where the provider processes that answered; of one that did not, the one that was to be asked."""
    there = (dest for dest in intent.destinations if outcome.provider and dest.get("provider") == outcome.provider)
    return str(next(there, {"region": intent.region}).get("region", ""))


def _intent(detail: bytes) -> Intent:
    body = decode("intent", detail)
    if not isinstance(body, Intent):
        raise ValueError("the detail is not that of an intent")
    return body


def _outcome(detail: bytes) -> Outcome:
    body = decode("outcome", detail)
    if not isinstance(body, Outcome):
        raise ValueError("the detail is not that of an outcome")
    return body
