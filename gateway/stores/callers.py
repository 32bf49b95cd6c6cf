"""Who made some responses, and when: counted by blocks of columns where there are many, else row by row."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy import Select, bindparam, select

from gateway.recognition.arrays import Ints
from gateway.stores.callerblocks import NOBODY, SIZE, Block, load
from gateway.stores.connecting import Row
from gateway.stores.packing import unpack_time
from gateway.stores.queries import RESPONSE, Asking, Query

DAY = timedelta(days=1) // timedelta(microseconds=1)

FEW = 24
"""Responses of a block that are sooner read one by one."""

TOGETHER = 256
"""Responses that one statement asks for."""

SOME = tuple(f"n{number}" for number in range(TOGETHER))
"""The parameters of a statement that asks for so many responses, of which several may be the same."""

_NONE = np.empty(0, np.int64)


@dataclass(slots=True)
class Callers:
    """How many responses each application and each person asked for, and on which days: those of most first."""

    applications: Counter[str] = field(default_factory=Counter)
    persons: Counter[str] = field(default_factory=Counter)
    days: Counter[int] = field(default_factory=Counter)

    @classmethod
    def of(cls, ask: Asking, seqs: Ints) -> "Callers":
        """Return the callers of the responses *seqs*, which are ascending and distinct."""
        callers = cls()
        persons, alone = [_NONE], [_NONE]
        for some in np.split(seqs, np.flatnonzero(np.diff(seqs // SIZE)) + 1):
            block = load(ask, int(some[0]) // SIZE) if len(some) >= FEW else None
            if block is None:
                alone.append(some)
            else:
                persons.append(callers._add(block, some))
        callers._name(ask, np.concatenate(persons))
        for _, application, person, at in listed(ask, _caller, np.concatenate(alone).tolist()):
            callers.applications[application] += 1
            callers.persons[person] += 1
            callers.days[at // DAY] += 1
        return callers

    def _add(self, block: Block, seqs: Ints) -> Ints:
        """Count the responses *seqs* of *block*, but for the persons: return those."""
        there = block.seqs.places(seqs)
        for code, count in _counted(block.applications.at(there)):
            self.applications[block.names[code]] += count
        self.days.update(dict(_counted(block.days.at(there))))
        return block.persons.at(there)

    def _name(self, ask: Asking, persons: Ints) -> None:
        """Count *persons*, each given by a response of theirs."""
        counts = dict(_counted(persons))
        for seq, person in persons_of(ask, [*counts]).items():
            self.persons[person] += counts[seq]

    def by_day(self) -> dict[str, int]:
        """Return how many responses there were each day (UTC), the earliest first."""
        return {f"{unpack_time(day * DAY):%Y-%m-%d}": self.days[day] for day in sorted(self.days)}


def persons_of(ask: Asking, seqs: Sequence[int]) -> dict[int, str]:
    """Return who asked for each of the responses *seqs*, among which `NOBODY` may be. Raises `ValueError`."""
    named = {NOBODY: "", **dict(listed(ask, _person, [seq for seq in seqs if seq != NOBODY]))}
    try:
        return {seq: named[seq] for seq in seqs}
    except KeyError as exc:
        raise ValueError("a block of callers is damaged: it names a response that is not there") from exc


def listed(ask: Asking, query: Query, seqs: Sequence[int]) -> Iterator[Row]:
    """Yield the rows of *query*, whose parameters are `SOME`, for the responses *seqs*."""
    for start in range(0, len(seqs), TOGETHER):
        part = [*seqs[start : start + TOGETHER]]
        part += part[-1:] * (TOGETHER - len(part))
        yield from ask(query, **dict(zip(SOME, part, strict=True)))


def _counted(values: Ints) -> Iterator[tuple[int, int]]:
    found, counts = np.unique(values, return_counts=True)
    return zip(found.tolist(), counts.tolist(), strict=True)


def _caller(tenant: bool) -> Select[Any]:
    """Application, person and time of the responses `SOME`."""
    found = select(RESPONSE.seq, RESPONSE.application, RESPONSE.end_user, RESPONSE.at)
    return found.where(RESPONSE.seq.in_([bindparam(name) for name in SOME]))


def _person(tenant: bool) -> Select[Any]:
    """Who asked for the responses `SOME`."""
    return select(RESPONSE.seq, RESPONSE.end_user).where(RESPONSE.seq.in_([bindparam(name) for name in SOME]))
