import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detectors.cached import CachedDetector
from gateway.detectors.patterns import PatternDetector
from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding
from gateway.scanlines import BadLine, answer, run

GUARD = CachedDetector([PatternDetector()])


async def answered(data: bytes, guard=GUARD) -> tuple[list[dict], list[BadLine], bool]:
    written: list[str] = []
    bad: list[BadLine] = []
    whole = await answer(io.BytesIO(data), guard, written.append, bad.append)
    return [json.loads(line) for line in "".join(written).splitlines()], bad, whole


def lines(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


async def test_each_line_is_answered_with_its_id_and_offsets_in_characters():
    found, bad, whole = await answered(lines({"id": 7, "text": "🙂 ada@example.com"}, {"id": "b", "text": "none"}))

    assert found == [
        {
            "id": 7,
            "findings": [{"entity": "EMAIL_ADDRESS", "start": 2, "end": 17, "score": 1.0, "detector": "patterns"}],
        },
        {"id": "b", "findings": []},
    ]
    assert (bad, whole) == ([], True)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[1]", 'is no JSON object with "id" and "text"'),
        (b'{"text": "x"}', 'has no "id"'),
        (b'{"id": 1}', 'has no "text"'),
        (b'{"id": 1, "text": null}', 'has a "text" that is no string'),
    ],
)
async def test_a_bad_line_is_told_by_its_number_and_the_others_are_answered(line: bytes, problem: str):
    good = lines({"id": 1, "text": "ada@example.com"})

    found, bad, whole = await answered(good + b"\n" + line + b"\n" + good)

    assert [len(each["findings"]) for each in found] == [1, 1]
    assert (bad, whole) == ([BadLine(3, problem)], False)


async def test_a_line_that_a_detector_fails_on_is_told_and_the_others_are_answered():
    class Dying(PatternDetector):
        async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
            if any("poison" in text for text in texts):
                raise GuardUnavailable("It has died.")
            return await super().find(texts)

    data = lines(*({"id": n, "text": "poison" if n == 2 else "x"} for n in range(1, 5)))

    found, bad, whole = await answered(data, CachedDetector([Dying()]))

    assert [each["id"] for each in found] == [1, 3, 4]
    assert (bad, whole) == ([BadLine(2, "was not scanned: It has died.")], False)


@given(st.lists(st.tuples(st.none() | st.integers() | st.text(st.characters()), st.text(st.characters()))))
async def test_answers_come_in_order_for_any_text(pairs: list[tuple[object, str]]):
    found, bad, whole = await answered(lines(*({"id": name, "text": text} for name, text in pairs)))

    assert [each["id"] for each in found] == [name for name, _ in pairs]
    assert (bad, whole) == ([], True)


async def test_a_line_is_answered_before_the_next_one_is_sent():
    """A program may wait for each answer; nothing is held back to fill a batch."""
    reading, writing = os.pipe()
    back = threading.Semaphore(0)
    got: list[str] = []

    def caller() -> None:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for number in range(5):
                pipe.write(lines({"id": number, "text": "x"}))
                assert back.acquire(timeout=10)

    def write(text: str) -> None:
        got.append(text)
        back.release()

    thread = threading.Thread(target=caller)
    thread.start()
    with os.fdopen(reading, "rb") as stream:
        await answer(stream, GUARD, write, got.append)
    thread.join(10)

    assert [json.loads(text)["id"] for text in got] == [0, 1, 2, 3, 4]


def test_a_file_of_lines_is_answered_on_standard_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "lines.jsonl").write_bytes(lines({"id": 1, "text": "ada@example.com"}) + b"oops\n")

    whole = run(tmp_path / "lines.jsonl", GUARD)

    printed = capsys.readouterr()
    assert not whole
    assert json.loads(printed.out)["id"] == 1
    assert printed.err == "lineward: line 2 is not JSON\n"


PROGRAM = """
import asyncio, sys
import psutil
from gateway.detectors.cached import CachedDetector
from gateway.detectors.patterns import PatternDetector
from gateway.scanlines import answer
answered, sizes = 0, []
def write(text):
    global answered
    answered += text.count("\\n")
    sizes.append(psutil.Process().memory_info().rss)
asyncio.run(answer(sys.stdin.buffer, CachedDetector([PatternDetector()]), write, print))
print(answered, (max(sizes[len(sizes) // 4:]) - max(sizes[:len(sizes) // 4])) // 1_000_000)
"""


def test_memory_does_not_grow_with_the_number_of_lines():
    """Forty megabytes of lines that are all different; what the first quarter took is enough for the others."""
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        for number in range(2000):
            process.stdin.write(lines({"id": number, "text": f"ada{number}@example.com " + "words " * 3300}))
        process.stdin.close()
        answered_lines, megabytes = map(int, process.stdout.read().split())

    assert answered_lines == 2000
    assert megabytes < 8
