from contextlib import closing

from gateway.lineage.merkle import leaf_hash
from gateway.stores import leaves
from gateway.stores.compression import compressor
from gateway.stores.connecting import parsed, reading
from gateway.stores.queries import Asking, Queries
from gateway.stores.questions import Questions
from gateway.stores.statements import Statements
from tests.stores.databases import alter
from tests.stores.signed import fill


def test_leaves_are_asked_for_by_number(database):
    url = database.prepared()
    fill(url)
    with closing(reading(parsed(url))) as connection:
        ask = Asking(Queries(Statements(parsed(url))), connection.cursor(), None)
        wanted = dict.fromkeys(leaves.PLACES, 3) | {"n0": 11, "n1": 99}
        found = {index: len(hashes) for index, hashes in ask(leaves.some, **wanted)}
        covering = [row[0] for row in ask(leaves.covering, size=5)]

    assert found == {3: 4, 11: 4}
    assert covering == [5]


def test_a_leaf_is_hashed_as_it_stands_there(database):
    url = database.prepared()
    fill(url)
    with closing(Questions(url)) as questions, questions.asking() as ask:
        rows = ask(leaves.leaves, first=0, limit=4)
        expected = [leaf_hash(compressor().unpack(packed)) for _, _, packed in rows]
        alter(url, "UPDATE leaf SET data = X'05' WHERE idx = 2", "UPDATE leaf SET data = NULL WHERE idx = 3")
        found = [leaves.leaf_hash(ask, index) for index in (0, 1, 2, 3, 99)]

    assert found[:2] == expected[:2]
    assert found[2] not in (None, expected[2])
    assert found[3:] == [None, None]
