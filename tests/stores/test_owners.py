import base64
import os
from contextlib import closing
from datetime import timedelta

from gateway.domain.scopes import Scope
from gateway.domain.turns import Turn
from gateway.pseudonyms import Entry
from gateway.stores.sealing import Keyring
from gateway.stores.turns import SQLTurns
from gateway.stores.vault import SQLVault
from tests.stores.databases import rows

KEYS = {name: base64.b64encode(os.urandom(32)).decode() for name in ("one", "two")}
JANE = [Scope("acme", application, "jane", talk) for application, talk in (("bot", "a"), ("bot", "b"), ("app", "a"))]
OTHERS = [Scope("acme", "bot", "john", "a"), Scope("umbrella", "bot", "jane", "a"), Scope("acme", "bot", "", "a")]
VALUE = Entry("<NAME_1>", "NAME", "Jane Doe")


def test_all_conversations_of_a_person_are_found_in_vault_and_turns(url):
    keyring, day = Keyring.parse(KEYS), timedelta(days=1)
    with closing(SQLVault(url, keyring, day)) as vault, closing(SQLTurns(url, keyring, day)) as turns:
        for scope in JANE + OTHERS:
            vault.keep(scope, [VALUE])
            turns.keep(scope, Turn("resp-1", "", "", "run", []))
        forgotten = vault.forget_person("acme", "jane"), turns.forget_person("acme", "jane")
        left = [bool(vault.entries(scope)) and bool(turns.chain(scope, "resp-1")) for scope in JANE + OTHERS]
        again = vault.forget_person("acme", "john")

    assert forgotten == (3, 3)
    assert left == [False] * 3 + [True] * 3
    assert again == 1


def test_a_person_is_found_under_a_key_that_no_longer_seals(url):
    before, after = Keyring.parse(KEYS), Keyring.parse(dict(reversed(KEYS.items())))
    with closing(SQLVault(url, before, timedelta(days=1))) as vault:
        vault.keep(JANE[0], [VALUE])
    with closing(SQLVault(url, after, timedelta(days=1))) as vault:
        assert vault.forget_person("acme", "jane") == 1
        assert vault.entries(JANE[0]) == []


def test_no_name_stands_there_and_what_is_over_is_swept(url):
    now = [0.0]
    with closing(SQLVault(url, Keyring.parse(KEYS), timedelta(days=1), now=lambda: now[0])) as vault:
        vault.keep(JANE[0], [VALUE])
        stored = repr([rows(url, f"SELECT * FROM {table}") for table in ("vault_1", "owner_1")])
        now[0] = 90_000.0
        vault.sweep()
        assert vault.forget_person("acme", "jane") == 0

    assert "jane" not in stored
