"""Prints of a person's answers, on their way out: they stand beside the record, by the hashes of words."""

from gateway.stores.asides import Aside
from gateway.stores.sql import SQLStore

PAGE = 5_000
"""Prints of one transaction."""

_PRINTS = """SELECT hash, run FROM answer_print WHERE tenant = ? AND (hash > ? OR (hash = ? AND run > ?))
    AND run IN (SELECT id FROM response WHERE tenant = ? AND end_user = ?) ORDER BY hash, run LIMIT ?"""
_FORGET = "DELETE FROM answer_print WHERE tenant = ? AND hash = ? AND run = ?"


def forget_prints(store: SQLStore, tenant: str, end_user: str) -> None:
    """Remove the prints of all answers of *tenant* to *end_user*, as long as it is known which they were.

    All prints are looked through, while nobody has to wait. Raises `LineageUnavailable`.
    """
    place: tuple[int, bytes] = (-(1 << 63), b"")
    aside = Aside(store.url, "the prints of answers cannot be removed")
    try:
        while True:
            after, run = place
            rows = store.look(lambda ask: ask.rows(_PRINTS, tenant, after, after, run, tenant, end_user, PAGE))  # noqa: B023
            if not rows:
                return
            with aside.transaction() as ask:
                ask.run(_FORGET, *((tenant, number, bytes(name)) for number, name in rows))
            place = (rows[-1][0], bytes(rows[-1][1]))
    finally:
        aside.close()
