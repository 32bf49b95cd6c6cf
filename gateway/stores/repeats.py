"""Whether an event is in the log already: who appended it may not have learnt so, and append it again.

Nearly all entries are intents and outcomes. They are found by their run, in tables that have it anyway; all others by
an index of their ids.
"""

from sqlalchemy import bindparam, literal_column, select

from gateway.domain.runs import Intent, Outcome, RunEvent
from gateway.stores.connecting import Cursor, Row
from gateway.stores.packing import pack_id
from gateway.stores.statements import Statement, Statements, table
from gateway.stores.tables import BY_ID, EventRow, OutcomeRow, ResponseRow


class Unlisted(Exception):
    """An outcome has no intent, so that no row would stand in the way of the same one."""


class Repeats:
    """Looks for events in the database that *statements* are for."""

    def __init__(self, statements: Statements) -> None:
        event, response, outcome = table(EventRow), table(ResponseRow), table(OutcomeRow)
        run, name = response.c.id == bindparam("run"), event.c.id == bindparam("id")
        self._other = statements.compiled(select(event.c.idx).where(name, BY_ID))
        self._intent = statements.compiled(
            select(event.c.idx).join_from(response, event, event.c.idx == response.c.seq).where(run, name)
        )
        self._ending = statements.compiled(
            select(event.c.idx, event.c.id)
            .outerjoin_from(response, outcome, outcome.c.seq == response.c.seq)
            .outerjoin(event, event.c.idx == outcome.c.event)
            .where(run)
        )
        outcomes = event.c.type == literal_column("'outcome'")
        self._unlisted = statements.compiled(
            select(event.c.idx).where(name, outcomes, event.c.idx > bindparam("listed"))
        )

    def index(self, cursor: Cursor, event: RunEvent) -> int | None:
        """Return where *event* stands in the log; `None` if it does not.

        An outcome that is not listed as its run's, which is a fault, is looked for in the log itself, entry by entry;
        it is not found if its intent came after it.
        """
        if isinstance(event.body, Intent):
            return _first(_one(cursor, self._intent, event))
        if not isinstance(event.body, Outcome):
            return _first(_one(cursor, self._other, event))
        ending = _one(cursor, self._ending, event)
        if ending is not None:
            index, name = ending
            if index is None or bytes(name) == pack_id(event.id):
                return _first(ending)
        return _first(_one(cursor, self._unlisted, event, -1 if ending is None else ending[0]))


def _one(cursor: Cursor, statement: Statement, event: RunEvent, listed: int = -1) -> Row | None:
    given = {"id": pack_id(event.id), "run": pack_id(event.run), "listed": listed}
    cursor.execute(statement.text, tuple(given[name] for name in statement.names))
    return cursor.fetchone()


def _first(row: Row | None) -> int | None:
    return None if row is None or row[0] is None else int(row[0])
