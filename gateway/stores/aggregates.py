"""All values of a column in one: drivers take as long for each row as a database does for ten."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import LargeBinary, String, cast, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from gateway.recognition.arrays import Ints

_COMMA: Any = literal_column("','")
"""As a word of the statement: a parameter would only be put in by SQLAlchemy's own execution."""


def listed(number: ColumnElement[int]) -> ColumnElement[str]:
    """Return the expression for the values of *number* in all rows, for `numbers`."""
    return func.aggregate_strings(cast(number, String), _COMMA)


def numbers(text: str | None) -> Ints:
    """Return the numbers that were `listed`; of no rows `None` is listed."""
    return np.fromstring(text or "", np.int64, sep=",")


class joined(FunctionElement[bytes]):  # noqa: N801 - a function of SQL
    """The expression for the bytes of a column in all rows, one behind the other, in the order of the rows."""

    type = LargeBinary()
    inherit_cache = True


@compiles(joined, "sqlite")
def _in_sqlite(element: joined, compiler: SQLCompiler, **options: Any) -> str:
    # It joins the bytes as they are, whatever it calls them meanwhile; who reads them compares digests.
    return f"CAST(group_concat({compiler.process(element.clauses, **options)}, '') AS BLOB)"


@compiles(joined, "postgresql")
def _in_postgresql(element: joined, compiler: SQLCompiler, **options: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **options)}, ''::bytea)"


def parted(data: bytes, lengths: Sequence[int]) -> list[bytes]:
    """Return the values of those *lengths* that were `joined`. Raises `ValueError` if they are not *data*'s."""
    found, at = [], 0
    for length in lengths:
        found.append(data[at : at + length])
        at += length
    if at != len(data):
        raise ValueError("values that were joined are not as long as they should be")
    return found
