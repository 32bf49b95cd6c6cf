"""Rows by their natural keys: one, or many with one statement where one statement a row would be as many steps.

A statement for many is that for one, several times over: whatever a database knows or does not know about its tables,
it finds each row by the index of its key.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import bindparam, select
from sqlmodel import SQLModel

from gateway.stores.connecting import Cursor, Row
from gateway.stores.statements import Statements, table

SIZES = (64, 8, 1)
"""How many keys one statement takes; what is left over is filled up."""

Key = tuple[object, ...]


class Lookup:
    """Finds rows of *model* by the columns *key*; of each it tells these, and then the columns *wanted*."""

    def __init__(
        self, statements: Statements, model: type[SQLModel], key: Sequence[str], wanted: Sequence[str] = ()
    ) -> None:
        columns = table(model).c
        found = select(*(columns[name] for name in (*key, *wanted)))
        for name in key:
            found = found.where(columns[name] == bindparam(name))
        one = statements.compiled(found).text
        self._width = len(key)
        self._texts = {size: " UNION ALL ".join([one] * size) for size in SIZES}

    def one(self, cursor: Cursor, key: Key) -> Row | None:
        """Return the columns wanted of the row with that *key*."""
        cursor.execute(self._texts[1], key)
        row = cursor.fetchone()
        return None if row is None else row[self._width :]

    def rows(self, cursor: Cursor, keys: Sequence[Key]) -> Iterator[Row]:
        """Yield the rows with one of *keys*, some perhaps several times."""
        start = 0
        while start < len(keys):
            size = next(size for size in SIZES if size <= max(1, (len(keys) - start) * 2 - 1))
            part = keys[start : start + size]
            start += size
            values = [value for key in part for value in key]
            values += [*part[-1]] * (size - len(part))
            cursor.execute(self._texts[size], values)
            yield from cursor.fetchall()
