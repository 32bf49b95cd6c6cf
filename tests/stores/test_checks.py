from gateway.stores import checks
from gateway.stores.connecting import parsed
from gateway.stores.projecting import PROJECTED
from gateway.stores.queries import Queries
from gateway.stores.statements import Statements, table
from gateway.stores.tables import OutcomeRow


def test_the_rows_of_every_table_are_asked_for_by_entry():
    assert set(checks.ROWS) == set(PROJECTED) - {OutcomeRow}


def test_rows_of_entries_that_are_not_there_are_asked_for_in_every_table():
    assert set(checks.STRANGERS) == {table(model).name for model in PROJECTED} | {"event", "salt", "leaf"}


def test_every_check_is_a_statement_for_both_databases():
    for url in ("sqlite:///x.db", "postgresql+psycopg://u@h/x"):
        queries = Queries(Statements(parsed(url)))
        made = [queries(query) for query in (*checks.ROWS.values(), *checks.STRANGERS.values(), checks.ending)]

        assert all(statement.text.startswith("SELECT") for statement in made)
