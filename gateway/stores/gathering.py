"""The follower that gathers who made the responses of the log into blocks (callerblocks.py)."""

from collections.abc import Container, Iterator
from typing import Any

import numpy as np
from sqlalchemy import Select, bindparam, select

from gateway.stores.asides import Asked
from gateway.stores.callerblocks import NOBODY, SIZE, Block, Column, load
from gateway.stores.callers import DAY, persons_of
from gateway.stores.connecting import Row
from gateway.stores.following import Write
from gateway.stores.pool import Readers
from gateway.stores.queries import RESPONSE, Asking
from gateway.stores.questions import Questions
from gateway.stores.statements import table
from gateway.stores.tables import CallerBlockRow

NAME = "callers-1"
"""Name of its cursor."""

PAGE = 2_048
"""Responses that are read at a time, so that other threads have their turns."""

_ADD = """INSERT INTO caller_block (number, columns, applications) VALUES (?, ?, ?)
    ON CONFLICT (number) DO UPDATE SET columns = excluded.columns, applications = excluded.applications"""


def clear(ask: Asked, size: int = 0) -> None:
    """Remove all blocks, whatever the *size* of the log."""
    ask.run("DELETE FROM caller_block", ())


class CallerGatherer:
    """A `Passer` that writes the blocks of the record at *url*, each once the log has passed its last entry."""

    name = NAME

    def __init__(self, url: str, beside: Readers | None = None) -> None:
        self._questions = Questions(url, beside)

    def passed(self, first: int, end: int) -> Write | None:
        """Gather the blocks that end among the entries from *first* to *end*. See `Passer.passed`."""
        with self._questions.asking() as ask:
            made = [(number, gathered(ask, number)) for number in range(first // SIZE, end // SIZE)]
        rows = [(number, *block.dump()) for number, block in made if block]
        return (lambda write: write.run(_ADD, *rows)) if rows else None

    def close(self) -> None:
        """Close the connections."""
        self._questions.close()


def gathered(ask: Asking, number: int) -> Block | None:
    """Return block *number*, from the rows of its responses; `None` if it has none."""
    names: dict[str, int] = {}
    persons: dict[tuple[str, str], int] = {}
    found: list[tuple[int, int, int, int]] = []
    for seq, tenant, application, person, at in _responses(ask, number * SIZE, (number + 1) * SIZE):
        if person and (tenant, person) not in persons:
            persons[tenant, person] = _first(ask, tenant, person, seq)
        code = names.setdefault(application, len(names))
        found.append((seq, at // DAY, code, persons.get((tenant, person), NOBODY)))
    if not found:
        return None
    seqs, days, applications, told = (Column.of(values) for values in np.array(found, np.int64).T)
    return Block(seqs, days, applications, told, [*names])


def altered(ask: Asking, erased: Container[int]) -> Iterator[int]:
    """Yield the first entries of the blocks that do not tell what the rows of their responses tell.

    Who made the responses *erased* is left out: while a person is erased, the block still leads to their name.
    """
    for (number,) in ask(_numbers):
        try:
            block, right = load(ask, number), gathered(ask, number)
            if block is None or right is None or _told(ask, block, erased) != _told(ask, right, erased):
                yield number * SIZE
        except (ValueError, IndexError, TypeError):
            yield number * SIZE


def _told(ask: Asking, block: Block, erased: Container[int]) -> list[tuple[int, int, str, str]]:
    """Return response, day, application and person of all responses of *block*."""
    everywhere = np.arange(len(block.seqs.above))
    seqs, days, codes, persons = (
        column.at(everywhere).tolist() for column in (block.seqs, block.days, block.applications, block.persons)
    )
    names = persons_of(ask, [*{*persons}])
    return [
        (seq, day, block.names[code], "" if seq in erased else names[person])
        for seq, day, code, person in zip(seqs, days, codes, persons, strict=True)
    ]


def _responses(ask: Asking, first: int, end: int) -> Iterator[Row]:
    while rows := ask(_some, first=first, end=end, limit=PAGE):
        yield from rows
        first = rows[-1][0] + 1


def _first(ask: Asking, tenant: str, person: str, seq: int) -> int:
    """Return the first response of *person*; *seq*, the first one of the block, if another tenant's has that name."""
    rows = ask(_named, person=person)
    return int(rows[0][0]) if rows and rows[0][1] == tenant else seq


def _numbers(tenant: bool) -> Select[Any]:
    columns = table(CallerBlockRow).c
    return select(columns.number).order_by(columns.number)


def _some(tenant: bool) -> Select[Any]:
    found = select(RESPONSE.seq, RESPONSE.tenant, RESPONSE.application, RESPONSE.end_user, RESPONSE.at)
    found = found.where(RESPONSE.seq >= bindparam("first"), RESPONSE.seq < bindparam("end"))
    return found.order_by(RESPONSE.seq).limit(bindparam("limit"))


def _named(tenant: bool) -> Select[Any]:
    found = select(RESPONSE.seq, RESPONSE.tenant).where(RESPONSE.end_user == bindparam("person"))
    return found.order_by(RESPONSE.seq).limit(1)
