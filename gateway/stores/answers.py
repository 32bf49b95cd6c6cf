"""Prints of released answers, in the database of the record; they are no part of it and may be lost."""

from collections.abc import Iterable, Mapping, Sequence

from gateway.recognition.answers import Answer, Print
from gateway.stores.asides import Aside, Asked
from gateway.stores.packing import pack_id, plain, unpack_id
from gateway.stores.pool import Readers

LATEST = 16
"""Runs that are told for one hash."""

_ADD = "INSERT INTO answer_print (tenant, hash, run) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_RUNS = "SELECT run FROM answer_print WHERE tenant = ? AND hash = ? ORDER BY run DESC LIMIT ?"
_FORGET = "DELETE FROM answer_print WHERE tenant = ? AND hash = ? AND run = ?"


class SQLAnswers:
    """`recognition.answers.Answers` in the database at *url*, whose tables are there."""

    def __init__(self, url: str, beside: Readers | None = None) -> None:
        self._writing = Aside(url, "the print of an answer cannot be kept")
        self._readers = Readers(self._writing.url, beside=beside)

    def remember(self, run: str, tenant: str, text: str) -> None:
        """Keep the print of one answer. See `Answers.remember`. Raises `LineageUnavailable`."""
        self.remember_all([Answer(run, tenant, text)])

    def remember_all(self, answers: Iterable[Answer]) -> None:
        """Keep the prints of *answers* in one transaction; again changes nothing. Raises `LineageUnavailable`."""
        rows = _rows([*answers])
        if rows:
            with self._writing.transaction() as ask:
                ask.run(_ADD, *rows)

    def runs(self, tenant: str, hashes: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Return by hash the runs whose answers have it. See `Answers.runs`. Raises `LineageUnavailable`."""
        with self._readers.borrow() as connection:
            ask = Asked(connection.cursor(), sqlite=self._writing.url.drivername == "sqlite")
            found = {one: ask.rows(_RUNS, plain(tenant), one, LATEST) for one in hashes}
        return {one: [unpack_id(bytes(run)) for (run,) in rows] for one, rows in found.items() if rows}

    def forget(self, run: str, tenant: str, text: str) -> None:
        """Keep nothing of the answer *text* of *run* any more. Raises `LineageUnavailable`."""
        rows = _rows([Answer(run, tenant, text)])
        if rows:
            with self._writing.transaction() as ask:
                ask.run(_FORGET, *rows)

    def close(self) -> None:
        """Close the connections."""
        self._writing.close()
        self._readers.close()


def _rows(answers: Sequence[Answer]) -> list[tuple[object, ...]]:
    prints = Print.all([answer.text for answer in answers])
    return [
        (plain(answer.tenant), one, pack_id(answer.run))
        for answer, kept in zip(answers, prints, strict=True)
        for one in (kept.hashes if kept else ())
    ]
