"""The process itself, spoken to without a pool."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from gateway.detectors import frames
from gateway.detectors.frames import Found, Order, Ready, Refused
from gateway.detectors.process import COMMAND
from tests.detectors.obedient import ObedientDetector

Process = subprocess.Popen[bytes]


@pytest.fixture
def process() -> Iterator[Process]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as started:
        yield started
        started.kill()


def told(process: Process, body: bytes) -> frames.Answer:
    assert process.stdin and process.stdout
    process.stdin.write(frames.frame(body))
    process.stdin.flush()
    said = frames.read_frame(process.stdout)
    assert said is not None
    return frames.answer(said)


def loaded(process: Process, timeout: float = 5) -> None:
    assert isinstance(told(process, Order.like(ObedientDetector(), timeout, 5).packed()), Ready)


def test_it_ends_when_nobody_holds_the_other_end(process: Process) -> None:
    loaded(process)
    assert process.stdin
    process.stdin.close()

    assert process.wait(10) == 0


def test_it_ends_without_an_order(process: Process) -> None:
    assert process.stdin
    process.stdin.close()

    assert process.wait(10) == 0


def test_it_ends_by_itself_when_it_hangs_and_nobody_is_left_to_end_it(process: Process) -> None:
    """Its pool may have been killed in the meantime, and what hangs reads no pipe."""
    loaded(process, timeout=0.1)
    assert process.stdin
    process.stdin.write(frames.frame(frames.packed(["hang"])))
    process.stdin.close()

    assert process.wait(10) == -signal.SIGALRM


def test_it_has_no_time_limit_between_batches(process: Process) -> None:
    loaded(process, timeout=0.01)
    told(process, frames.packed([""]))
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)

    assert told(process, frames.packed([""])) == Found([[]])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_goes_on_when_the_gateway_is_told_to_stop(process: Process, number: signal.Signals) -> None:
    """The gateway ends it, after the answers that are under way."""
    loaded(process)
    process.send_signal(number)

    assert told(process, frames.packed(["x"])) == Found([[["X", 0, 1, 0.5, "obedient"]]])


def test_what_is_printed_does_not_come_between(process: Process) -> None:
    loaded(process)
    said = told(process, frames.packed(["chatter"]))
    process.kill()

    assert said == Found([[]])
    assert process.stderr and process.stderr.read() == b"a library prints\na program prints\n"


def test_answers_for_too_few_texts_are_a_refusal(process: Process) -> None:
    loaded(process)

    assert told(process, frames.packed(["short"])) == Refused(
        "The detector obedient-1 (with a long tail) really did not answer for every text."
    )


def test_it_reads_nothing_and_inherits_nothing_of_its_pipes(process: Process) -> None:
    loaded(process)
    open_files = {Path(f"/proc/{process.pid}/fd/{fd}").readlink().name for fd in (0, 1)}
    error = Path(f"/proc/{process.pid}/fd/2").readlink().name

    assert open_files == {"null", error}
    assert psutil.Process(process.pid).children() == []
