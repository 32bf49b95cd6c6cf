from contextlib import closing

from gateway.stores import shredding
from gateway.stores.connecting import parsed
from gateway.stores.contentkeys import SUBJECT
from gateway.stores.masters import default_masters
from gateway.stores.opening import open_store
from tests.stores.material import activated, run


def test_texts_go_before_the_key_that_knows_them(database):
    url = database.prepared()
    masters = default_masters(parsed(url))
    found = []

    def change(ask):
        key = shredding.tenant_key(ask, masters, "acme")
        number = shredding.number(ask, "acme", SUBJECT, key.subject("jane", ""))
        found.append(shredding.count(ask, number))
        found.append(len(shredding.remove(ask, number, 1)))
        found.append(len(shredding.remove(ask, number)))
        shredding.shred(ask, number)
        found.append(shredding.number(ask, "acme", SUBJECT, key.subject("jane", "")))
        found.append(shredding.tenant_key(ask, masters, "nobody"))
        return activated()

    with closing(open_store(url)) as store:
        store.append(run(end_user="jane"))
        store.amend(change)

    assert found == [2, 1, 1, None, None]
