from contextlib import closing

from gateway.stores import leaves
from gateway.stores.connecting import parsed, reading
from gateway.stores.queries import Asking, Queries
from gateway.stores.statements import Statements
from tests.stores.signed import fill


def test_leaves_are_asked_for_by_number(database):
    url = database.prepared()
    fill(url)
    with closing(reading(parsed(url))) as connection:
        ask = Asking(Queries(Statements(parsed(url))), connection.cursor(), None)
        wanted = dict.fromkeys(leaves.PLACES, 3) | {"n0": 11, "n1": 99}
        found = {index: len(hashes) // 32 for index, hashes in ask(leaves.some, **wanted)}
        covering = [row[0] for row in ask(leaves.covering, size=5)]

    assert found == {3: 3, 11: 3}
    assert covering == [5]
