"""What the evidence log promises whatever happens to its writers."""

import os
import random
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import httpx
import pytest
from rich.progress import Progress

from gateway.lineage.checkpoints import Checkpoint
from gateway.lineage.keys import activation
from gateway.lineage.merkle import Inclusion, includes
from gateway.lineage.notes import Note, VerifierKey
from gateway.lineage.receipts import Receipt
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_ledger, open_store
from gateway.verification import verify_receipt, verify_whole
from tests.journeys.house import APP_KEY, SOC_KEY, House, serving
from tests.journeys.upstream import Upstream, Whole, completion, streamed
from tests.lineage.test_notes import SIGNER
from tests.waiting import until

WRITERS = 8


def writer(url, name, folder):
    told = (folder / f"{name}.receipts").open("w")
    with told:
        # The test has left the folder of the tests for the one with the keys.
        known = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.Popen([sys.executable, "-m", "tests.stores.crashing", url, name], stdout=told, env=known)


def receipts(folder, name="*"):
    """Every receipt that a caller of the writers *name* could read: lines that came whole."""
    for path in sorted(folder.glob(f"{name}.receipts")):
        for line in path.read_text().splitlines(keepends=True):
            if line.endswith("\n"):
                run, written = line.split()
                yield run, Receipt.parse(written)


def let_live(process, seconds):
    with suppress(subprocess.TimeoutExpired):
        raise AssertionError(f"a writer ended by itself: {process.wait(seconds)}")


def flow(running, folder, wanted):
    """Wait until *running* writers have told more than *wanted* receipts each; how long that takes is the machine's."""
    until = time.monotonic() + 120
    while any(sum(1 for _ in receipts(folder, f"{name}-*")) <= wanted for name in running):
        assert time.monotonic() < until, "writers got no receipts"
        for process in running.values():
            let_live(process, 0.05)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_eight_processes_that_are_killed_at_any_moment_write_one_whole_log(tmp_path, database):
    """Gapless, signed throughout, and every receipt that anybody got is in it."""
    chance = random.Random(6)
    url = database()
    with closing(open_store(url, SIGNER)) as store:
        store.append([activation(SIGNER.key)])
    running = {name: writer(url, f"{name}-0", tmp_path) for name in range(WRITERS)}
    try:
        flow(running, tmp_path, 0)
        for life in range(1, 25):
            name = chance.randrange(WRITERS)
            let_live(running[name], chance.uniform(0.2, 1.2))
            running[name].kill()
            running[name].wait()
            running[name] = writer(url, f"{name}-{life}", tmp_path)
        flow(running, tmp_path, 100 // WRITERS)
    finally:
        for process in running.values():
            process.kill()
            process.wait()
    with closing(open_ledger(url)) as ledger, closing(SQLLog(url, "x")) as log:
        verdict = verify_whole(ledger, log, Progress(disable=True))
        told = list(receipts(tmp_path))
        lost = [receipt for _, receipt in told if verify_receipt(log, receipt).faults]
        moved = [run for run, receipt in told if receipt.index not in log.places(run, None)]

    assert verdict.faults == []
    assert (lost, moved) == ([], [])
    assert verdict.checked >= len(told) > 100


@pytest.fixture(scope="module")
def signing(upstream_server: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("signing")
    anchor = {"url": f"{folder}/anchors", "every": "100ms"}
    log = {"origin": "example.com/log", "signing_key_file": f"{folder}/log.key", "anchor": anchor}
    with serving(folder, upstream_server, log=log) as house:
        yield house


def evidence(house: House, path: str, key: str = SOC_KEY) -> httpx.Response:
    reply = house.http.get(f"/api/v1{path}", headers={"authorization": f"Bearer {key}"})
    assert reply.status_code == 200, reply.text
    return reply


@pytest.mark.parametrize("mode", ["stream", "whole"])
def test_a_caller_keeps_a_receipt_and_proves_the_answer_later(signing: House, mode: str):
    """With nothing but what the gateway told it: header, proof, checkpoint and the public key."""
    signing.upstream.says = [Whole(completion("Yes.")) if mode == "whole" else streamed("Y", "es.")]
    reply = signing.client.chat.completions.with_raw_response.create(
        model="gpt", messages=[{"role": "user", "content": "Is it?"}], stream=mode == "stream"
    )
    receipt = Receipt.parse(reply.headers["x-lineward-receipt"])
    if mode == "stream":
        with reply.parse() as events:
            list(events)
    entry = evidence(signing, f"/responses/{reply.headers['x-lineward-response-id']}/proof").json()["entries"][0]
    size = receipt.head.size
    told = evidence(signing, f"/log/proof/inclusion?index={receipt.index}&size={size}", APP_KEY).json()
    signed = evidence(signing, f"/log/checkpoint?size={size}", APP_KEY).json()
    path = tuple(b64decode(node) for node in told["path"])

    assert entry["index"] == receipt.index
    assert includes(Inclusion(receipt.index, size, path), b64decode(entry["leaf_hash"]), receipt.head.root)
    assert Checkpoint.parse(Note.parse(signed["note"]).text).head == receipt.head
    assert Note.parse(signed["note"]).signed_by(VerifierKey.parse(signed["keys"][0]))


def test_a_refusal_has_a_receipt_too(signing: House):
    secret = {"role": "user", "content": "My key is AKIAQ3EGRIOUSLY7FAKE, keep it."}
    reply = signing.http.post("/v1/chat/completions", json={"model": "gpt", "messages": [secret]})

    assert (reply.status_code, reply.json()["error"]["code"]) == (403, "policy_violation")
    assert Receipt.parse(reply.headers["x-lineward-receipt"])


def test_the_log_is_signed_and_anchored_and_readiness_says_so(signing: House):
    anchors = signing.folder / "anchors"
    with closing(SQLLog(f"sqlite:///{signing.folder}/lineward.db", "x")) as log:
        until(lambda: log.anchored())
        ready = signing.http.get("/readyz").json()["evidence"]
        keys = log.keys()

    assert ready["signed"] and ready["key"] == str(keys[0])
    assert ready["anchors"]["url"] == str(anchors)
    assert list(anchors.glob("*.checkpoint"))


def test_a_log_without_a_key_says_that_it_is_not_signed(house: House):
    assert house.http.get("/readyz").json()["evidence"] == {"origin": "lineward", "signed": False}
    assert not evidence(house, "/log/checkpoint", APP_KEY).json()["signed"]
