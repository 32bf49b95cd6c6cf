import asyncio
import shutil
from contextlib import closing
from datetime import timedelta

import pytest

from gateway.domain.errors import LineageUnavailable
from gateway.domain.records import Fault
from gateway.lineage.anchoring import Anchoring, Anchors, address, anchored, compare
from gateway.lineage.checkpoints import Checkpoint
from gateway.lineage.writer import Writer
from gateway.stores.log import SQLLog
from gateway.stores.opening import open_store
from tests.lineage.test_notes import OTHER, SIGNER
from tests.stores.material import run
from tests.stores.signed import fill


@pytest.fixture
def url(tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    fill(url)
    return url


@pytest.fixture
def log(url):
    with closing(SQLLog(url, "x")) as log:
        yield log


@pytest.fixture(params=["folder", "file", "memory"])
def anchors(request, tmp_path):
    places = {"folder": f"{tmp_path}/a", "file": f"file://{tmp_path}/a", "memory": f"memory://{tmp_path.name}/a"}
    return Anchors(places[request.param])


def compared(anchors, log):
    return list(compare(anchors, log, log.head().size, log.keys()))


def test_an_anchor_is_the_checkpoint_and_is_written_once(anchors, log):
    anchors.add(log.checkpoint())
    anchors.add(log.checkpoint())

    assert [(name, str(note)) for name, note in anchors.read()] == [
        ("00000000000000000012.checkpoint", str(log.checkpoint()))
    ]


def test_a_log_that_grew_is_the_one_that_was_anchored(anchors, log, url):
    anchors.add(log.checkpoint(3))
    anchors.add(log.checkpoint())
    with closing(open_store(url, SIGNER)) as store:
        store.append(run())

    assert compared(anchors, log) == [2]


def test_yesterdays_file_is_told_by_todays_anchor(anchors, log, url, tmp_path):
    shutil.copy(tmp_path / "lineage.db", tmp_path / "yesterday.db")
    with closing(open_store(url, SIGNER)) as store:
        store.append(run())
    anchors.add(log.checkpoint())
    with closing(SQLLog(f"sqlite:///{tmp_path}/yesterday.db", "x")) as yesterday:
        found = compared(anchors, yesterday)

    assert found == [
        Fault(12, "the log has 12 entries, but had 14 when it was anchored: its end was taken away"),
        1,
    ]


def test_many_anchors_that_say_the_same_are_told_once_with_the_last(anchors, log, url, tmp_path):
    shutil.copy(tmp_path / "lineage.db", tmp_path / "yesterday.db")
    with closing(open_store(url, SIGNER)) as store:
        for _ in range(3):
            store.append(run())
            anchors.add(log.checkpoint())
    with closing(SQLLog(f"sqlite:///{tmp_path}/yesterday.db", "x")) as yesterday:
        [fault, number] = compared(anchors, yesterday)

    assert "had 18 when it was anchored: its end was taken away (2 more anchors say the like)" in fault.problem
    assert number == 3


def test_a_log_that_was_written_anew_is_told_by_its_anchor(anchors, log, tmp_path):
    anchors.add(log.checkpoint(9))
    fill(f"sqlite:///{tmp_path}/anew.db")
    with closing(SQLLog(f"sqlite:///{tmp_path}/anew.db", "x")) as anew:
        found = compared(anchors, anew)
        with pytest.raises(LineageUnavailable, match="tells of another log"):
            anchors.add(anew.checkpoint(9))

    assert [step.index for step in found[:-1]] == [8]
    assert "the log is another" in found[0].problem


def test_an_anchor_that_was_altered_is_told(anchors, log):
    note = log.checkpoint()
    head = Checkpoint.parse(note.text)
    anchors.add(head.note(OTHER.key, head.signed(OTHER)))

    assert "not signed by a key that the log knows" in compared(anchors, log)[0].problem


def test_what_is_no_checkpoint_is_told(tmp_path, log):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "00000000000000000001.checkpoint").write_text("Dear diary\n")
    (tmp_path / "a" / "README").write_text("not ours")

    assert [str(getattr(step, "problem", step)) for step in compared(Anchors(f"{tmp_path}/a"), log)] == [
        "the anchor 00000000000000000001.checkpoint is no checkpoint",
        "1",
    ]


def test_without_anchors_there_is_nothing_to_compare(anchors, log):
    assert compared(anchors, log) == [0]


@pytest.mark.parametrize("place", ["nowhere://x/y", "file:///proc/nothing/here"])
def test_a_place_that_cannot_be_written_is_told(place, log):
    with pytest.raises(LineageUnavailable, match="cannot be written"):
        Anchors(place).add(log.checkpoint())


async def test_the_log_is_anchored_as_long_as_something_happens(anchors, log, url):
    writer = Writer(open_store(url, SIGNER))
    writer.start()
    anchoring = Anchoring(log, writer, anchors, timedelta(milliseconds=5))
    task = asyncio.create_task(anchoring.run())
    try:
        async with asyncio.timeout(10):
            while len(log.anchored()) < 1:  # noqa: ASYNC110 - it comes true on its own
                await asyncio.sleep(0.005)
            await anchoring.attempt()
            quiet = len(log.anchored())
            await writer.append(run())
            while len(log.anchored()) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.to_thread(writer.close)
    sizes = [head.size for _, _, head in log.anchored()]

    assert (quiet, sizes) == (1, [12, 15])
    assert compared(anchors, log) == [2]
    assert anchors.told == {"url": anchors.url, "anchored": 15}


async def test_a_place_that_is_gone_is_told_and_answers_do_not_wait_for_it(log, url):
    writer = Writer(open_store(url, SIGNER))
    writer.start()
    anchors = Anchors("nowhere://x/y")
    await Anchoring(log, writer, anchors, timedelta(1)).attempt()
    await asyncio.to_thread(writer.close)

    assert "cannot be written" in anchors.told["problem"]
    assert log.anchored() == []


def test_a_password_in_an_address_is_not_recorded(log):
    assert address("s3://key:secret@host/x") == "s3://host/x"
    assert address("s3://key:sec/ret@host/x") == "s3://host/x"
    assert address("/var/anchors") == "/var/anchors"
    assert address("s3://bucket/us@er/x") == "s3://bucket/us@er/x"
    assert anchored(log.checkpoint(), "s3://key:secret@host/x").body.url == "s3://host/x"
