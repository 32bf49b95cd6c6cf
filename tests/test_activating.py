import asyncio
import logging
from contextlib import closing, suppress

import pytest

from gateway.activating import PolicyFiles, signature
from gateway.domain.errors import ConfigurationError, LineageUnavailable
from gateway.lineage.writer import Writer
from gateway.stores.activations import SQLActivations
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions

RULE = """
- {{id: {id}, owner: o@example.com, target: chunk, match: {{chunk.license: MIT}}, effect: flag}}
"""
TEST = "- {{given: {{chunk: {{license: MIT}}}}, expect: {{flag: {id}}}}}"


def text(id="r"):
    return f"version: 1\nrules:{RULE.format(id=id)}tests:\n{TEST.format(id=id)}\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "a.yaml").write_text(text())
    return tmp_path / "policies"


@pytest.fixture
def log(database):
    """A writer to a real log, and what the log knows of activations."""
    url = database.prepared()
    writer = Writer(open_store(url))
    writer.start()
    with closing(Questions(url)) as questions:
        yield writer, SQLActivations(questions)
    writer.close()


def nothing(_):
    return []


async def activated(files, log):
    return await files.activate(*log, nothing)


async def test_new_files_are_put_in_force_whole_and_the_log_has_them(folder, log):
    files = PolicyFiles(folder, strict=True)
    await files.announce(*log, files.active.current)
    (folder / "b.yaml").write_text(text("s"))

    policies, changed = await activated(files, log)

    assert changed and [rule.id for rule in policies.rules] == ["r", "s"]
    assert files.active.current is policies
    page, _ = log[1].history(limit=9)
    assert (page[0].digest, len(page)) == (policies.digest, 2)
    assert page[0].files == {"a.yaml": text(), "b.yaml": text("s")}


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("version: 1\nrules:\n- {id: x, target: chunk, efect: deny}\n", "b.yaml:3"),
        ("version: 1\nrules:\n- {id: x, target: chunk, effect: deny}\n", "b.yaml:3: Rule 'x': It has no owner"),
        ("version: 1\nrules:\n- {id: x, owner: o, target: chunk, effect: deny}\n", "b.yaml:3: Rule 'x': No test"),
        ("version: 1\nrules: [", "not YAML"),
        (None, "no rule"),
    ],
)
async def test_files_that_are_not_in_order_change_nothing(folder, log, bad, sentence):
    files = PolicyFiles(folder, strict=True)
    before = files.active.current
    if bad is None:  # whoever writes a file first makes it empty
        (folder / "a.yaml").write_text("")
    else:
        (folder / "b.yaml").write_text(bad)

    with pytest.raises(ConfigurationError, match=sentence):
        await activated(files, log)

    assert files.active.current is before and sentence in files.refused
    (folder / "a.yaml").write_text(text())
    (folder / "b.yaml").write_text(text("s"))
    await activated(files, log)
    assert files.refused == "" and len(files.active.current.rules) == 2


async def test_a_set_that_this_gateway_cannot_follow_changes_nothing(folder, log):
    files = PolicyFiles(folder, strict=True)
    before = files.active.current
    (folder / "b.yaml").write_text(text("s"))

    with pytest.raises(ConfigurationError, match="no detector"):
        await files.activate(*log, lambda policies: ["no detector finds it"])

    assert files.active.current is before


async def test_what_cannot_be_written_down_does_not_decide(folder, log):
    files = PolicyFiles(folder, strict=True)
    before = files.active.current
    (folder / "b.yaml").write_text(text("s"))

    class Broken:
        async def append(self, events):
            raise LineageUnavailable("the disk is full")

    with pytest.raises(LineageUnavailable):
        await files.activate(Broken(), log[1], nothing)

    assert files.active.current is before and files.refused == "the disk is full"


async def test_the_log_has_one_entry_for_a_change_however_many_workers_see_it(folder, log):
    workers = [PolicyFiles(folder, strict=True) for _ in range(4)]
    await asyncio.gather(*(one.announce(*log, one.active.current) for one in workers))
    (folder / "a.yaml").write_text(text("other"))
    await asyncio.gather(*(activated(one, log) for one in workers))
    await asyncio.gather(*(activated(one, log) for one in workers))

    page, _ = log[1].history(limit=9)
    assert [one.rules for one in page] == [("other",), ("r",)]
    assert len({one.active.current.digest for one in workers}) == 1


async def test_the_files_of_a_set_are_kept_once(folder, log):
    files = PolicyFiles(folder, strict=True)
    await files.announce(*log, files.active.current)
    for name in ("other", "r"):
        (folder / "a.yaml").write_text(text(name))
        await activated(files, log)

    page, _ = log[1].history(limit=9)
    assert [bool(one.files) for one in page] == [False, True, True]
    assert log[1].files(page[0].digest) == {"a.yaml": text("r")}


async def watched(files, log, until, patience=5.0):
    """Let the files be watched until something holds."""
    watching = asyncio.create_task(files.watch(lambda: activated(files, log), 0.02))
    try:
        async with asyncio.timeout(patience):
            while not until():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.01)
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


async def test_changed_files_are_noticed(folder, log):
    files = PolicyFiles(folder, strict=True)
    (folder / "b.yaml").write_text(text("s"))

    await watched(files, log, lambda: len(files.active.current.rules) == 2)


async def test_a_bad_change_is_told_once_and_a_good_one_after_it_is_taken(folder, log, caplog):
    files = PolicyFiles(folder, strict=True)
    (folder / "b.yaml").write_text("version: 1\nrules: [")
    with caplog.at_level(logging.ERROR):
        await watched(files, log, lambda: files.refused)
        with suppress(TimeoutError):
            await watched(files, log, lambda: False, patience=0.3)
    (folder / "b.yaml").write_text(text("s"))
    await watched(files, log, lambda: len(files.active.current.rules) == 2)

    assert len([record for record in caplog.records if "not activated" in record.message]) == 1


async def test_files_that_vanish_leave_the_set_in_force(folder, log):
    files = PolicyFiles(folder, strict=True)
    (folder / "a.yaml").unlink()
    folder.rmdir()

    await watched(files, log, lambda: files.refused)

    assert [rule.id for rule in files.active.current.rules] == ["r"]
    assert signature(folder) == ()


def test_a_gateway_that_is_not_strict_takes_rules_without_owner_and_test(folder):
    (folder / "b.yaml").write_text("version: 1\nrules:\n- {id: x, target: chunk, effect: deny}\n")

    assert len(PolicyFiles(folder, strict=False).active.current.rules) == 2
    with pytest.raises(ConfigurationError, match=r"b\.yaml:3"):
        PolicyFiles(folder, strict=True)
