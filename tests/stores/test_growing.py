from contextlib import closing

import pytest

from gateway.lineage.merkle import Frontier, leaf_hash
from gateway.stores import leaves
from gateway.stores.compression import compressor
from gateway.stores.connecting import parsed, reading
from gateway.stores.growing import Growth, Page
from gateway.stores.leaves import unpacked
from gateway.stores.nodes import stored
from gateway.stores.queries import Asking, Queries
from gateway.stores.questions import Questions
from gateway.stores.statements import Statements
from tests.stores.databases import alter
from tests.stores.signed import fill, hand_over


@pytest.fixture(scope="module")
def ask(database):
    url = database.prepared()
    fill(url)
    hand_over(url)
    with closing(reading(parsed(url))) as connection:
        yield Asking(Queries(Statements(parsed(url))), connection.cursor(), None)


def one_by_one(growth, rows):
    growth.load(rows[-1][0])
    for index, hashes, packed in rows:
        yield from growth.missing(index, "the log")
        yield from growth.add(index, hashes, packed)
        yield from growth.checkpoint(index)
    yield from growth.end()


def page(rows):
    """The leaves in *rows* as the quick check reads them."""
    first, last = rows[0][0], rows[-1][0]
    try:
        data = compressor().unpack_leaves([packed for _, _, packed in rows])
    except (ValueError, TypeError):
        data = []
    whole = [row[0] for row in rows] == [*range(first, last + 1)]
    return Page(first, len(rows), last, b"".join(row[1] for row in rows), data if whole else [])


def at_once(growth, rows):
    growth.load_newest()
    for start in (0, 4, 8, 12):
        part = rows[start : start + 4]
        if not part:
            break
        yield from growth.add_page(page(part), lambda part=part: part)
    yield from growth.end()


def test_a_page_has_all_columns_of_its_leaves(ask):
    rows = ask(leaves.leaves, first=3, limit=99)

    assert Page.read(ask, 3) == page(rows)
    assert Page.read(ask, rows[-1][0] + 1) is None


def test_of_a_page_with_a_gap_or_damage_only_the_place_is_told(database):
    url = database.prepared()
    fill(url)
    alter(url, "DELETE FROM leaf WHERE idx = 2", "UPDATE leaf SET data = NULL WHERE idx = 5")
    with closing(Questions(url)) as questions, questions.asking() as asking:
        last = asking(leaves.tree)[0][0] - 1
        found = [Page.read(asking, first) for first in (0, 2, 3)]
        assert found == [Page(0, last, last), Page(2, last - 2, last), Page(3, last - 2, last)]
        alter(url, "UPDATE leaf SET data = hashes WHERE idx = 5")
        assert Page.read(asking, 3) == Page(3, last - 2, last)
        assert Page.read(asking, 6).data


@pytest.mark.parametrize("way", [one_by_one, at_once])
def test_a_log_grows_again_as_it_grew(ask, way):
    rows = ask(leaves.leaves, first=0, limit=99)

    assert list(way(Growth(ask), rows)) == []


@pytest.mark.parametrize("way", [one_by_one, at_once])
@pytest.mark.parametrize("place", range(15))
def test_a_leaf_that_is_another_is_found_where_it_stands(ask, way, place):
    rows = list(ask(leaves.leaves, first=0, limit=99))
    index, hashes, packed = rows[place]
    rows[place] = (index, bytes([hashes[0] ^ 1]) + hashes[1:], packed)
    found = list(way(Growth(ask), rows))

    assert found[0].index == place
    assert "altered" in found[0].problem


@pytest.mark.parametrize("way", [one_by_one, at_once])
@pytest.mark.parametrize("places", [(3,), (6,), (7,), (8,), (14,), (2, 5), (2, 13), (7, 8)])
def test_leaves_that_were_written_anew_are_the_only_faults(ask, way, places):
    """Of eight leaves among which one was altered the stored root is taken, and all others are still compared."""
    rows = list(ask(leaves.leaves, first=0, limit=99))
    for place in places:
        rows[place] = (place, rows[place][1], compressor().pack_leaf(b'{"v":1}'))

    assert [fault.index for fault in way(Growth(ask), rows)] == [*places]


@pytest.mark.parametrize("way", [one_by_one, at_once])
def test_an_altered_leaf_does_not_vouch_for_its_neighbours(ask, way):
    """A forger may break one leaf so that another one, with its first bytes made to fit, is not compared."""
    rows = list(ask(leaves.leaves, first=0, limit=99))
    forged = b'{"v":1}'
    rows[2] = (2, rows[2][1], compressor().pack_leaf(b'{"v":2}'))
    rows[5] = (5, stored(leaf_hash(forged)), compressor().pack_leaf(forged))
    (fault,) = way(Growth(ask), rows)

    assert fault.index == 2
    assert fault.problem.endswith("nothing proves the leaves of entries 0 to 7 either")


@pytest.mark.parametrize("way", [one_by_one, at_once])
def test_a_node_that_is_another_is_found_where_it_stands(ask, way):
    rows = list(ask(leaves.leaves, first=0, limit=99))
    index, hashes, packed = rows[7]
    rows[7] = (index, hashes[:-1] + bytes([hashes[-1] ^ 1]), packed)
    found = list(way(Growth(ask), rows))

    assert [(fault.index, "nodes of the Merkle tree" in fault.problem) for fault in found] == [(7, True)]


@pytest.mark.parametrize("way", [one_by_one, at_once])
@pytest.mark.parametrize("earlier", [1, 4, 7, 8, 13, 15])
@pytest.mark.parametrize("place", [None, 2, 11])
def test_leaves_of_an_earlier_release_stand_beside_newer_ones(ask, way, earlier, place):
    rows = list(ask(leaves.leaves, first=0, limit=99))
    frontier = Frontier()
    whole = [frontier.append(leaf_hash(compressor().unpack(packed))) for _, _, packed in rows]
    rows = [
        (index, nodes if index < earlier else hashes, packed)
        for (index, hashes, packed), nodes in zip(rows, whole, strict=True)
    ]
    if place is not None:
        rows[place] = (place, rows[place][1], compressor().pack_leaf(b'{"v":1}'))

    assert [fault.index for fault in way(Growth(ask), rows)] == ([] if place is None else [place])


@pytest.mark.parametrize("way", [one_by_one, at_once])
def test_leaves_that_are_missing_are_counted(ask, way):
    rows = [row for row in ask(leaves.leaves, first=0, limit=99) if row[0] not in (4, 5, 6)]
    found = list(way(Growth(ask), rows))

    assert (found[0].index, found[0].problem) == (4, "entries 4 to 6 are missing from the log")


def test_what_does_not_unpack_is_no_leaf():
    assert unpacked(b"\x03damaged") == b""
