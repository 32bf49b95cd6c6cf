from contextlib import closing

import pytest

from gateway.domain.errors import LineageUnavailable
from gateway.domain.records import TreeHead
from gateway.lineage.checkpoints import Checkpoint
from gateway.lineage.evidence import SECRET_SIZE
from gateway.lineage.merkle import EMPTY_ROOT, Frontier, Node, includes, leaf_hash, root
from gateway.lineage.proofs import consistency_proof, head_at, inclusion_proof
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_store
from tests.lineage.test_notes import OTHER, SIGNER
from tests.stores.databases import alter, literal
from tests.stores.material import activated, run
from tests.stores.signed import fill, hand_over


@pytest.fixture
def log(url):
    with closing(SQLLog(url, "example.com/unsigned")) as log:
        yield log


def test_every_transaction_leaves_a_signed_checkpoint(url, log):
    fill(url)
    found = []
    for size in range(2, 13):
        note = log.checkpoint(size)
        found.append(Checkpoint.parse(note.text).head)

        assert note.signed_by(SIGNER.key)

    assert found == [head_at(log, size) for size in range(2, 13)]
    assert str(log.checkpoint()) == str(log.checkpoint(12))
    assert log.head() == found[-1]


def test_the_head_is_known_when_an_append_returns(url, log):
    store = open_store(url)
    before = store.head
    store.append(run())
    first, events = store.head, run()
    store.append(events)
    store.append(events)
    store.close()

    assert before == TreeHead(0, EMPTY_ROOT)
    assert first == head_at(log, 2)
    assert store.head == head_at(log, 4)


def test_an_unsigned_log_has_checkpoints_without_signature(url, log):
    store = open_store(url)
    store.append([activated()])
    store.close()
    note = log.checkpoint()

    assert (note.signatures, Checkpoint.parse(note.text).origin) == ((), "example.com/unsigned")
    assert Checkpoint.parse(note.text).head == log.head()
    assert (log.keys(), log.signing()) == ([], [])


def test_every_leaf_is_proved_from_the_database(url, log):
    fill(url)
    head = log.head()

    assert all(
        includes(inclusion_proof(log, index, head.size), leaf_hash(log.leaf(index)), head.root)
        for index in range(head.size)
    )
    assert len(consistency_proof(log, 3, head.size)) > 1


def test_old_keys_stay_known(url, log):
    fill(url)
    hand_over(url)

    assert log.keys() == [SIGNER.key, OTHER.key]
    assert log.signing() == [str(OTHER.key)]
    assert log.checkpoint(13).signed_by(SIGNER.key)
    assert log.checkpoint(14).signed_by(OTHER.key)


def test_an_entry_has_all_that_opens_it(url, log):
    start = fill(url)[2]
    first, second = log.places(start.run, "acme")
    entry = log.entry(first)

    assert (first, second, entry.type) == (6, 7, "intent")
    assert b"u-2" in entry.detail and len(entry.secret) == SECRET_SIZE
    assert list(log.texts([start.body.question], "acme").values()) == ["May I, u-1, ask?"]
    assert log.places(start.run, "rival") == log.places("nobody", None) == []


def test_proofs_need_neither_secret_nor_detail(url, log):
    fill(url)
    head, leaf = log.head(), log.leaf(6)
    alter(url, "DELETE FROM salt", "UPDATE event SET detail = X'00'")

    assert includes(inclusion_proof(log, 6, 12), leaf_hash(log.leaf(6)), head.root)
    assert log.leaf(6) == leaf


@pytest.mark.parametrize(
    "statement, asked, lost",
    [
        ("DELETE FROM leaf WHERE idx = 7", 6, 7),
        ("UPDATE leaf SET data = NULL WHERE idx = 7", 6, 7),
        ("DELETE FROM leaf WHERE idx = 7", 9, 7),
        ("UPDATE leaf SET hashes = X'' WHERE idx = 7", 9, 7),
    ],
)
def test_what_is_lost_is_told(url, log, statement, asked, lost):
    fill(url)
    alter(url, statement)

    with pytest.raises(LineageUnavailable, match=f"lost the hashes of leaf {lost}"):
        inclusion_proof(log, asked, 12)


@pytest.mark.parametrize("earlier", [0, 3, 8, 13, 40])
def test_every_node_is_found_however_many_leaves_an_earlier_release_wrote(url, log, earlier):
    fill(url, 20)
    hashes, frontier = [leaf_hash(log.leaf(index)) for index in range(40)], Frontier()
    whole = [literal(frontier.append(hashed)) for hashed in hashes[:earlier]]
    alter(url, *(f"UPDATE leaf SET hashes = {nodes} WHERE idx = {index}" for index, nodes in enumerate(whole)))
    wanted = [Node(level, index) for level in range(6) for index in range(40 >> level)]

    assert log.nodes(wanted) == {node: root(hashes[node.index << node.level : node.last + 1]) for node in wanted}
    assert all(includes(inclusion_proof(log, index, 40), hashes[index], root(hashes)) for index in range(40))


def test_what_happened_since_is_asked_for(url, log):
    fill(url, 1)

    assert log.stirred(3)
    assert not log.stirred(4)
    assert log.anchored() == []
