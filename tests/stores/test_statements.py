import pytest
from sqlalchemy import bindparam, select

from gateway.stores.connecting import parsed
from gateway.stores.statements import Statements, table
from gateway.stores.tables import EdgeRow, OutcomeRow, TreeRow
from tests.stores.test_tables import MODELS

SQLITE, POSTGRES = parsed("sqlite:///x.db"), parsed("postgresql+psycopg://u@h/x")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("url", [SQLITE, POSTGRES], ids=["sqlite", "postgres"])
def test_a_row_is_inserted_with_all_its_columns_in_order(url, model):
    statement = Statements(url).insert(model)

    assert list(statement.names) == list(table(model).c.keys())


def test_each_driver_gets_its_own_marks():
    assert Statements(SQLITE).insert(EdgeRow).text.count("?") == 5
    assert Statements(POSTGRES).insert(EdgeRow).text.count("%s") == 5


@pytest.mark.parametrize("url", [SQLITE, POSTGRES], ids=["sqlite", "postgres"])
def test_a_row_that_may_be_there_is_not_an_error(url):
    assert "ON CONFLICT DO NOTHING" in Statements(url).insert(OutcomeRow, once=True).text
    assert "ON CONFLICT" not in Statements(url).insert(OutcomeRow).text


def test_who_appends_is_alone_from_the_first_statement_on():
    assert list(Statements(SQLITE).begin) == ["BEGIN IMMEDIATE"]
    assert "pg_advisory_xact_lock" in Statements(POSTGRES).begin[1]


def test_a_statement_knows_which_values_it_brings_itself():
    tree = table(TreeRow).c
    found = Statements(SQLITE).compiled(select(tree.root).where(tree.id == 1, tree.size > bindparam("least")))

    assert set(found.names) == {"id_1", "least"}
    assert found.usual == {"id_1": 1}
