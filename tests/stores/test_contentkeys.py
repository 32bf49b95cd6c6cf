from contextlib import closing

import pytest

from gateway.domain.digests import digest
from gateway.domain.documents import Source
from gateway.stores.connecting import parsed, writing
from gateway.stores.contentkeys import NAME_SIZE, ContentKeys, TenantKey
from gateway.stores.masters import Masters
from gateway.stores.statements import Statements

KB = Source("file", "kb")


@pytest.fixture
def url(database):
    return parsed(database.prepared())


@pytest.fixture
def cursor(url):
    with closing(writing(url)) as connection:
        yield connection.cursor()


@pytest.fixture
def keys(url, tmp_path):
    return ContentKeys(Statements(url), Masters(tmp_path / "key"))


def test_a_person_has_one_key_whatever_application_they_use(keys, cursor):
    one = keys.subject(cursor, "acme", "u-1", "bot")
    others = [
        keys.subject(cursor, "acme", "u-2", "bot"),
        keys.subject(cursor, "umbrella", "u-1", "bot"),
        keys.subject(cursor, "acme", "", "bot"),
        keys.subject(cursor, "acme", "", "u-1"),
        keys.document(cursor, "acme", KB, "u-1"),
    ]

    assert keys.subject(cursor, "acme", "u-1", "other").id == one.id
    assert len({one.id, *(other.id for other in others)}) == 6


def test_another_process_finds_the_same_keys(keys, cursor, url, tmp_path):
    one = keys.document(cursor, "acme", KB, "a.md")
    sealed = one.seal(b"n" * NAME_SIZE, b"text")
    again = ContentKeys(Statements(url), Masters(tmp_path / "key")).document(cursor, "acme", KB, "a.md")

    assert (again.id, again.open(b"n" * NAME_SIZE, sealed)) == (one.id, b"text")


def test_a_text_opens_in_its_own_row_alone(keys, cursor):
    one, two = (keys.document(cursor, "acme", KB, name) for name in ("a.md", "b.md"))
    sealed = one.seal(b"name", b"text")

    wrong = (two, b"name", sealed), (one, b"other", sealed), (one, b"name", sealed[:-1]), (one, b"", b"short")
    for key, name, data in wrong:
        with pytest.raises(ValueError, match="altered or moved"):
            key.open(name, data)


def test_a_key_that_was_drawn_in_a_transaction_that_failed_is_forgotten(keys, cursor):
    cursor.execute("BEGIN")
    lost = keys.subject(cursor, "acme", "u-1", "bot")
    cursor.execute("ROLLBACK")
    keys.end(committed=False)
    found = keys.subject(cursor, "acme", "u-1", "bot")

    with pytest.raises(ValueError, match="altered"):
        found.open(b"", lost.seal(b"", b"text"))


def test_names_say_nothing_without_the_tenants_key():
    """Who guesses a text cannot find out whether it is there, nor whether two tenants have the same."""
    one, two = TenantKey(b"1" * 32), TenantKey(b"2" * 32)

    assert one.text(digest("secret")) == one.text(digest("secret")) != two.text(digest("secret"))
    assert one.subject("u-1", "bot") == one.subject("u-1", "other") != one.subject("", "u-1")
    assert len({one.text(digest("")), one.subject("", ""), one.document(KB, ""), one.document(KB, "a")}) == 4
