from contextlib import closing

import pytest
from rich.progress import Progress

from gateway.domain.digests import new_id
from gateway.domain.principals import Principal
from gateway.domain.records import Fault, StoreStats
from gateway.domain.runs import Erased, RunEvent, RunState
from gateway.lineage.anchoring import Anchors
from gateway.lineage.bundles import gather, sealed
from gateway.lineage.receipts import Receipt
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger, open_store
from gateway.verification import (
    Flaw,
    read_receipt,
    verify_bundle,
    verify_log,
    verify_receipt,
    verify_response,
    verify_whole,
)
from tests.lineage.test_notes import OTHER, SIGNER
from tests.stores.databases import alter, dumped, restore
from tests.stores.material import run
from tests.stores.signed import fill


class Ledger:
    def stats(self) -> StoreStats:
        return StoreStats(3, 1, 0, 0, 0, 0, 0, [])

    def verify(self):
        yield from (1, Fault(1, "altered"), 3)

    def verify_quickly(self):
        yield 3


class House:
    """A signed log and what is asked about it."""

    def __init__(self, url):
        self.url = url
        self.starts = fill(self.url)
        self.ledger, self.log = open_ledger(self.url), SQLLog(self.url, "x")

    def append(self):
        with closing(open_store(self.url, SIGNER)) as store:
            start, end = run()
            first = store.append([start, end])[0]
            return start.run, Receipt(first, store.head)

    def whole(self, **more):
        return verify_whole(self.ledger, self.log, Progress(disable=True), **more)

    def close(self):
        self.ledger.close()
        self.log.close()


@pytest.fixture
def house(database):
    with closing(House(database.prepared())) as house:
        yield house


def test_faults_are_gathered_and_entries_counted():
    assert verify_log(Ledger(), Progress(disable=True)) == ([Fault(1, "altered")], 3)
    assert verify_log(Ledger(), Progress(disable=True), quick=True) == ([], 3)


@pytest.mark.parametrize("quick", [False, True])
def test_it_is_said_which_check_ran_and_who_signed(house, quick):
    verdict = house.whole(quick=quick)

    assert (verdict.faults, verdict.checked) == ([], 12)
    assert ("quick" if quick else "full") in verdict.subject
    assert verdict.told == [f"signed by {SIGNER.key}"]


def test_a_log_that_is_not_signed_is_said_to_be_so(tmp_path):
    url = f"sqlite:///{tmp_path}/unsigned.db"
    with closing(open_store(url)) as store:
        store.append(run())
    with closing(open_ledger(url)) as ledger, closing(SQLLog(url, "x")) as log:
        verdict = verify_whole(ledger, log, Progress(disable=True))

    assert verdict.faults == []
    assert verdict.remarks[0].startswith("unsigned")


def test_a_log_of_another_key_is_not_the_one_that_is_trusted(house):
    assert house.whole(trusted=[OTHER.key]).faults == [
        Flaw(None, "the newest checkpoint is not signed by a key that was given")
    ]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM tree", "the state of the Merkle tree is missing from the store"),
        ("UPDATE signing_key SET key = 'x'", "what the lineage log holds is damaged"),
    ],
)
def test_damage_in_what_proofs_are_made_of_is_a_fault_among_the_others(house, tmp_path, statement, problem):
    anchors = Anchors(f"{tmp_path}/anchors")
    anchors.add(house.log.checkpoint())
    alter(house.url, statement)
    found = [fault.problem for fault in house.whole(anchors=anchors).faults]

    assert f"anchors cannot be compared with the log: {problem}" in found
    assert len(found) > 1


def test_yesterdays_log_is_whole_but_for_its_anchors_and_receipts(house, tmp_path):
    anchors = Anchors(f"{tmp_path}/anchors")
    yesterday = dumped(house.url)
    _, receipt = house.append()
    anchors.add(house.log.checkpoint())
    before = house.whole(anchors=anchors), verify_receipt(house.log, receipt)
    restore(house.url, yesterday)
    after = house.whole(anchors=anchors), verify_receipt(house.log, receipt)

    assert [verdict.faults for verdict in before] == [[], []]
    assert house.whole().faults == []
    assert [verdict.faults[0].problem for verdict in after] == [
        "the log has 12 entries, but had 14 when it was anchored: its end was taken away",
        "the log has 12 entries, but had 14 when the receipt was given: its end was taken away",
    ]


def test_a_receipt_is_kept_through_all_growth(house):
    _, receipt = house.append()
    for _ in range(5):
        house.append()
    kept = read_receipt(str(receipt))

    assert verify_receipt(house.log, kept).faults == []


def test_a_receipt_of_another_log_is_told(house):
    other = Receipt(3, house.append()[1].head)
    forged = Receipt(3, type(other.head)(other.head.size, bytes(32)))

    assert verify_receipt(house.log, other).faults == []
    assert verify_receipt(house.log, forged).faults[0].index == 3


def test_one_response_is_verified_with_its_rows(house):
    run_id = house.starts[2].run
    whole = verify_response(house.ledger, house.log, run_id)
    alter(house.url, "UPDATE edge SET state = 1 WHERE seq = 6")
    tampered = verify_response(house.ledger, house.log, run_id)

    assert (whole.faults, whole.checked) == ([], 2)
    assert tampered.faults == [Flaw(6, "table edge, state: not what this intent recorded")]
    assert verify_response(house.ledger, house.log, house.starts[1].run).faults == []


def test_a_bundle_is_verified_without_the_log(house):
    data = sealed(gather(house.log, house.starts[0].run, None), SIGNER)
    verdict = verify_bundle(data)

    assert (verdict.faults, verdict.checked) == ([], 2)
    assert str(SIGNER.key) in verdict.remarks[0]
    assert verify_bundle(data, [SIGNER.key]).remarks == []
    assert len(verify_bundle(data, [OTHER.key]).faults) == 2


@pytest.mark.parametrize("text", ["", "0193a-not-a-receipt"])
def test_what_is_no_receipt_is_something_else(text):
    assert read_receipt(text) is None


def test_erasures_that_took_many_entries_are_told_in_one_line(house):
    def told(number):
        with closing(open_store(house.url, SIGNER)) as store:
            bodies = [Erased(Principal("privacy", "acme"), "subject") for _ in range(number)]
            store.append([RunEvent(new_id(), RunState.COMPLETE, body, "acme") for body in bodies])
        return [line for line in house.whole().told if "erased content" in line]

    assert len(told(2)) == 2
    (line,) = told(30)
    assert line.startswith("32 entries, from ") and line.endswith("erased content: 0 entries redacted")
