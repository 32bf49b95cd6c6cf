"""Blast radius: which responses the chunks of a document, version or source, or one chunk, took part in.

The index of edges by (chunk, response, state) answers, and blocks of columns tell who asked (callers.py). Work is
bounded: of a subject whose chunks took part more often than BOUND, what is counted covers so many edges and says so,
and pages walk the responses from the newest one down, where such a subject is met soon.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Select, bindparam, select

from gateway.domain.documents import ChunkState, Source
from gateway.domain.records import Impact, ImpactEntry
from gateway.domain.runs import RunState
from gateway.domain.subjects import Kind, Subject
from gateway.recognition.arrays import Ints
from gateway.stores.additions import short
from gateway.stores.aggregates import numbers
from gateway.stores.callers import SOME, Callers, listed
from gateway.stores.packing import STATES, pack_digest, unpack_id, unpack_time
from gateway.stores.queries import OUTCOME, READ_BY_A_MODEL, RESPONSE, SOURCE, Asking
from gateway.stores.questions import place
from gateway.stores.statements import table
from gateway.stores.subjectedges import BY_KIND, PARTS, SOURCES_MAX, Asked
from gateway.stores.tables import OutcomeRow, ResponseRow

BOUND = 1_000_000
"""Edges of a subject that are counted."""

_NO_NUMBER = -1
"""No row has it."""

_KNOWN = {*range(len(STATES))}
_BY_NAME = sorted(enumerate(STATES), key=lambda one: one[1])
_UNKNOWN = "a chunk has a state that this release does not know"

_ATTRIBUTED = 1 << STATES.index(ChunkState.ATTRIBUTED)
_READ = sum(1 << STATES.index(state) for state in READ_BY_A_MODEL)


def impact(ask: Asking, subject: Subject, *, limit: int, cursor: str = "", after: int = -1) -> Impact | None:
    """Return who was fed by *subject*, one page of *limit* responses from *cursor* on; only after entry *after*.

    `None` if nothing is known of it. Raises `BadRequest` for a cursor that no page gave.
    """
    if subject.kind is not Kind.SOURCE:
        given = {"name": short(subject.id)} if subject.kind is Kind.DOCUMENT else {"digest": pack_digest(subject.id)}
        return _impact(ask, subject, BY_KIND[subject.kind], [given], limit, cursor, after)
    named = [number for number, source in _sources(ask) if subject.id in (source.name, str(source))]
    return _of_sources(ask, subject, named, limit, cursor, after)


def impact_of_parts(
    ask: Asking, subject: Subject, sources: Sequence[int], versions: Sequence[int], *, limit: int, cursor: str = ""
) -> Impact:
    """Return the same of all that *subject* reached: *sources* as a whole and single *versions*, by their numbers."""
    found = _impact(ask, subject, PARTS, _groups({"s": sources, "v": versions}), limit, cursor)
    return found or Impact(subject.id, [], 0, {}, {}, {}, kind=subject.kind)


def _of_sources(
    ask: Asking, subject: Subject, numbers: Sequence[int], limit: int, cursor: str, after: int = -1
) -> Impact | None:
    return _impact(ask, subject, BY_KIND[Kind.SOURCE], _groups({"s": numbers}), limit, cursor, after)


def _groups(numbers: Mapping[str, Sequence[int]]) -> list[dict[str, object]]:
    """Return the parameters of as many statements as *numbers*, by the letter of their parameters, need."""
    longest = max(map(len, numbers.values()))
    return [
        {
            f"{letter}{place}": of[at + place] if at + place < len(of) else _NO_NUMBER
            for letter, of in numbers.items()
            for place in range(SOURCES_MAX)
        }
        for at in range(0, longest, SOURCES_MAX)
    ]


def _impact(
    ask: Asking,
    subject: Subject,
    asked: Asked,
    given: Sequence[Mapping[str, object]],
    limit: int,
    cursor: str,
    after: int = -1,
) -> Impact | None:
    before = place(cursor)
    if not any(ask(asked.known, **values) for values in given):
        return None
    fed = _Fed.of(ask, asked, given, after)
    if fed.whole:
        page = fed.seqs[fed.seqs < before][: -limit - 2 : -1].tolist()
    else:
        found = {row[0] for values in given for row in ask(asked.walk, before=before, limit=limit + 1, **values)}
        page = sorted((seq for seq in found if seq > after), reverse=True)[: limit + 1]
    callers = Callers.of(ask, fed.seqs[(fed.states & _READ) > 0])
    return Impact(
        subject=subject.id,
        responses=_entries(ask, page[:limit], fed if fed.whole else _states(ask, asked, given, page[:limit])),
        total=len(fed.seqs),
        by_state=fed.counted(),
        applications=dict(callers.applications.most_common()),
        end_users=dict(callers.persons.most_common()),
        cursor=str(page[limit - 1]) if len(page) > limit else "",
        kind=subject.kind,
        days=callers.by_day(),
        complete=fed.whole,
    )


@dataclass(frozen=True, slots=True)
class _Fed:
    """The responses that a subject fed, ascending, and in which states: a bit for each place in `STATES`."""

    seqs: Ints
    states: Ints
    whole: bool = True
    """Whether these are all."""

    @classmethod
    def of(cls, ask: Asking, asked: Asked, given: Sequence[Mapping[str, object]], after: int) -> "_Fed":
        """Return those that came after the entry *after*, of at most BOUND edges."""
        edges, attributed, left = list[Ints](), list[Ints](), BOUND + 1
        for values in given:
            edges.append(numbers(ask(asked.fed, bound=left, after=after, **values)[0][0]))
            left -= len(edges[-1])
            attributed.append(numbers(ask(asked.attributed, bound=BOUND, after=after, **values)[0][0]))
        seqs, states = _joined(np.concatenate(edges))
        places = np.searchsorted(seqs, found := np.concatenate(attributed))
        known = places < len(seqs)
        known[known] = seqs[places[known]] == found[known]  # others were not counted any more
        states[places[known]] |= _ATTRIBUTED
        return cls(seqs, states, left > 0)

    def counted(self) -> dict[str, int]:
        """Return how many responses there are in each state, those of most first."""
        counts = {state.value: int(np.count_nonzero(self.states & 1 << at)) for at, state in _BY_NAME}
        return {state: count for state, count in sorted(counts.items(), key=lambda one: -one[1]) if count}


def _joined(edges: Ints) -> tuple[Ints, Ints]:
    """Return the distinct responses of *edges*, each a response times 8 and a place in `STATES`, and their states."""
    if np.any(edges & 7 >= len(STATES)):
        raise ValueError(_UNKNOWN)
    ordered = np.sort(edges)
    seqs, states = ordered >> 3, 1 << (ordered & 7)
    starts = np.flatnonzero(np.diff(seqs, prepend=-1))
    return seqs[starts], np.bitwise_or.reduceat(states, starts) if len(starts) else states


def _states(ask: Asking, asked: Asked, given: Sequence[Mapping[str, object]], seqs: Sequence[int]) -> _Fed:
    """Return the states in which what was asked about took part in the responses *seqs*, each asked for by itself."""
    found: dict[int, int] = {}
    for seq in sorted(seqs):
        states = {state for values in given for (state,) in ask(asked.states, seq=seq, **values)}
        if not states <= _KNOWN:
            raise ValueError(_UNKNOWN)
        found[seq] = sum(1 << state for state in states)
        if any(ask(asked.attributed_in, seq=seq, **values) for values in given):
            found[seq] |= _ATTRIBUTED
    return _Fed(np.array([*found], np.int64), np.array([*found.values()], np.int64))


def _entries(ask: Asking, seqs: Sequence[int], fed: _Fed) -> list[ImpactEntry]:
    """Return the responses *seqs*, which are among *fed*, in that order."""
    rows = {row[0]: row for row in listed(ask, _response, seqs)}
    states = fed.states[np.searchsorted(fed.seqs, seqs)].tolist()
    return [
        ImpactEntry(
            response=unpack_id(run),
            at=unpack_time(at),
            application=application,
            end_user=end_user,
            states=[state for place, state in _BY_NAME if bits & 1 << place],
            run_state=None if state is None else RunState(state),
        )
        for (_, run, at, application, end_user, state), bits in zip((rows[seq] for seq in seqs), states, strict=True)
    ]


def _sources(ask: Asking) -> list[tuple[int, Source]]:
    return [(number, Source(namespace, name)) for number, namespace, name in ask(_all_sources)]


def _all_sources(tenant: bool) -> Select[Any]:
    found = select(SOURCE.id, SOURCE.namespace, SOURCE.name)
    return found.where(SOURCE.tenant == bindparam("tenant")) if tenant else found


def _response(tenant: bool) -> Select[Any]:
    """The responses `SOME`, and how they ended."""
    return (
        select(RESPONSE.seq, RESPONSE.id, RESPONSE.at, RESPONSE.application, RESPONSE.end_user, OUTCOME.state)
        .outerjoin_from(table(ResponseRow), table(OutcomeRow), OUTCOME.seq == RESPONSE.seq)
        .where(RESPONSE.seq.in_([bindparam(name) for name in SOME]))
    )
