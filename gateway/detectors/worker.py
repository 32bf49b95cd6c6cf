"""A process that looks through texts for a pool: `python -m gateway.detectors.worker`, spoken to on its pipes.

The first frame holds the detector and its time limits, each other one a batch of texts; each is answered with one
frame. It ends when nobody holds the other end any more, and, should it be busy then, when its time is up.
"""

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gateway.detectors import frames
from gateway.domain.errors import GuardUnavailable
from gateway.interfaces import Detector

FIRST_TEXT = "Maria Lopez wrote to the office in Springfield."
"""Looked through before the first batch comes, so that everything is loaded by then."""
_GRACE = 1.0


def main() -> None:
    """Answer until nobody asks any more."""
    requests, answers = _pipes()
    _deaf()
    order: frames.Order = pickle.loads(frames.read_frame(requests) or sys.exit())  # noqa: S301 - its own pool has written it
    with asyncio.Runner() as runner:
        with _limited(order.load_timeout):
            detector, answer = runner.run(_loaded(order))
        _say(answers, answer)
        while detector and (body := frames.read_frame(requests)) is not None:
            with _limited(order.timeout):
                answer = runner.run(_looked(detector, body))
            _say(answers, answer)


async def _loaded(order: frames.Order) -> tuple[Detector | None, bytes]:
    """Return the detector, and what to say: why there is none."""
    try:
        detector = order.build()
        await detector.prepare()
        await detector.find([FIRST_TEXT])
        return detector, frames.ready(detector.version, detector.entities)
    except Exception as exc:
        return None, frames.refused(_sentence(exc))


async def _looked(detector: Detector, body: bytes) -> bytes:
    try:
        texts = frames.unpacked(body)
        findings = await detector.find(texts)
        if len(findings) != len(texts):
            return frames.refused(f"The detector {detector.version} did not answer for every text.")
        return frames.found(findings)
    except Exception as exc:
        return frames.refused(_sentence(exc))


def _sentence(error: Exception) -> str:
    """Return what may be told of *error*: the words of a stranger's own could show the text."""
    return str(error) if isinstance(error, GuardUnavailable) else f"The detector failed ({type(error).__name__})."


def _say(answers: BinaryIO, body: bytes) -> None:
    answers.write(frames.frame(body))
    answers.flush()


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the pipes of the pool, for nobody else: whatever prints, prints to standard error."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return requests, answers


def _deaf() -> None:
    """Leave it to the gateway when to stop: told the same by a terminal or service manager, it has answers to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """End the process when the block takes *seconds*, even when no pool is left to end it, and whatever it does."""
    signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()
