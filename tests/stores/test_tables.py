import pytest
from sqlmodel import SQLModel

from gateway.stores.checks import OWNER
from gateway.stores.statements import table

MODELS = sorted([mapper.class_ for mapper in SQLModel._sa_registry.mappers], key=lambda model: model.__name__)
APART = {
    "tree", "checkpoint", "blob", "sealed_text", "content_key", "passage", "registration", "answer_print", "follower",
    "attribution", "span", "caller_block",
}  # fmt: skip
"""The log's state, who signed it, who follows it and what they make of it; texts, which entries share; what recognition
remembers: no record."""


@pytest.mark.parametrize("model", MODELS)
def test_every_row_belongs_to_an_entry_of_the_log(model):
    """Only so can verification find what was changed, added or removed."""
    assert model in OWNER or table(model).name in APART


def test_the_blast_radius_has_its_index():
    columns = {index.name: [column.name for column in index.columns] for index in table_named("edge").indexes}

    assert columns["ix_edge_chunk_seq"][:2] == ["chunk", "seq"]


@pytest.mark.parametrize("model", MODELS)
def test_numbers_are_given_by_the_log_and_never_by_the_database(model):
    assert all(column.autoincrement is False for column in table(model).primary_key if column.type.python_type is int)


def table_named(name):
    return SQLModel.metadata.tables[name]
