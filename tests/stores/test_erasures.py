from contextlib import closing
from datetime import UTC, datetime, timedelta

from gateway.domain.digests import new_id
from gateway.domain.principals import Principal
from gateway.domain.runs import Erased, RunEvent, RunState
from gateway.stores.connecting import parsed, reading
from gateway.stores.erasures import Erasures
from gateway.stores.opening import open_store
from gateway.stores.queries import Asking, Queries
from gateway.stores.statements import Statements
from tests.stores.material import activated

DAY = datetime(1970, 1, 11, 12, tzinfo=UTC)
NAME, OWNER = b"n" * 16, b"w" * 16


def learnt(database, *bodies):
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append([activated(), activated()])
        store.append([RunEvent(new_id(), RunState.COMPLETE, body, "acme") for body in bodies])
    found = Erasures()
    with closing(reading(parsed(url))) as connection:
        found.learn(Asking(Queries(Statements(parsed(url))), connection.cursor(), None))
    return found


def erased(**more):
    return Erased(Principal("privacy", "acme"), "subject", **more)


def test_an_erasure_accounts_for_what_stood_in_the_log_before_it(database):
    """One that names what comes after it would be a licence to delete."""
    found = learnt(database, erased(entries=((0, "aa"), (2, "bb"), (9, "cc"))), erased(entries=((0, "dd"),)))

    assert found.entries == {0: (3, "dd")}
    assert found.counts == {2: 1, 3: 1}


def test_a_removed_text_is_accounted_for_where_it_was_kept_before(database):
    found = learnt(database, erased(names=(NAME.hex(),)))

    assert found.accounts_for(1, DAY, NAME, OWNER)
    assert not found.accounts_for(2, DAY, NAME, OWNER)
    assert not found.accounts_for(1, DAY, b"o" * 16, OWNER)
    assert not found.accounts_for(1, DAY, None, None)


def test_retention_accounts_for_texts_of_days_before_its_own(database):
    found = learnt(database, erased(before=11))

    assert found.accounts_for(0, DAY, NAME, OWNER)
    assert not found.accounts_for(0, DAY + timedelta(days=1), NAME, OWNER)
    assert not found.accounts_for(2, DAY, NAME, OWNER)


def test_of_equal_texts_only_that_of_the_document_is_accounted_for(database):
    """An earlier release did not say whose it was."""
    found = learnt(database, erased(names=(NAME.hex(),), owner=OWNER.hex()), erased(names=("aa",)))

    assert found.accounts_for(1, DAY, NAME, OWNER)
    assert not found.accounts_for(1, DAY, NAME, b"x" * 16)
    assert found.accounts_for(1, DAY, bytes.fromhex("aa"), b"x" * 16)
