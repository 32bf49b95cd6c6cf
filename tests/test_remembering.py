import asyncio
import threading

import pytest

from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import LineageUnavailable
from gateway.recognition.answers import Print, runs_of
from gateway.remembering import Memory

TEXT = "The deal will be closed early in March, once the exchange has shut its doors in the evening."
CHUNK = Chunk(Source("file", "kb"), "a.md", "sha256:00", 0, "words", How.DECLARED)


class Shelf:
    """Keeps what it is given once it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.registered: list[tuple[str, str]] = []
        self.kept: list[str] = []
        self.down = False

    def register(self, chunks, tenant: str) -> int:
        self.may.wait(10)
        if self.down:
            raise LineageUnavailable("The disk is full.")
        self.registered += [(chunk.document, tenant) for chunk in chunks]
        return len(chunks)

    def remember_all(self, answers) -> None:
        self.may.wait(10)
        self.kept += [answer.run for answer in answers]

    def remember(self, run: str, tenant: str, text: str) -> None:
        self.kept.append(run)

    def runs(self, tenant: str, hashes):
        return dict.fromkeys(hashes, self.kept) if tenant == "acme" and self.kept else {}


class Counting(Shelf):
    """Notes how many answers each write has."""

    def __init__(self, written: list[int]) -> None:
        super().__init__()
        self.written = written

    def remember_all(self, answers) -> None:
        self.written.append(len(answers))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def memory(shelf: Shelf):
    memory = Memory(shelf, shelf)
    yield memory
    shelf.may.set()
    memory.close()


async def test_an_answer_is_known_again_before_it_is_written(memory: Memory, shelf: Shelf):
    await memory.answered("run-1", "acme", [TEXT, "Yes."])

    assert runs_of(memory, "acme", TEXT.upper()) == ["run-1"]
    assert runs_of(memory, "globex", TEXT) == ()
    assert shelf.kept == []


async def test_what_was_handed_over_is_written_when_it_is_closed(memory: Memory, shelf: Shelf):
    await memory.answered("run-1", "acme", [TEXT])
    await memory.declared([CHUNK], "acme")
    await memory.declared([], "acme")
    shelf.may.set()
    memory.close()

    assert (shelf.kept, shelf.registered) == (["run-1"], [("a.md", "acme")])
    assert memory.runs("acme", Print.of(TEXT).hashes)
    assert not memory._pending


async def test_a_disk_that_does_not_take_it_is_told_and_the_rest_goes_on(memory: Memory, shelf: Shelf, caplog):
    shelf.down = True
    await memory.declared([CHUNK], "acme")
    await memory.answered("run-1", "acme", [TEXT])
    shelf.may.set()
    memory.close()

    assert shelf.kept == ["run-1"]
    assert "The disk is full." in caplog.text


def test_it_keeps_one_at_once_when_asked_to(memory: Memory, shelf: Shelf):
    memory.remember("run-9", "acme", TEXT)
    memory.close()

    assert shelf.kept == ["run-9"]


async def test_what_comes_while_it_rests_is_written_together(shelf: Shelf):
    written: list[int] = []
    memory = Memory(shelf, Counting(written))
    for number in range(20):
        await memory.answered(f"run-{number}", "acme", [TEXT])
        await asyncio.sleep(0)
    memory.close()

    assert sum(written) == 20
    assert len(written) <= 3
