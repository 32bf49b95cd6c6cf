"""Exporters follow the log by a cursor of their own, in threads of their own: nobody else waits for another system.

The log is the outbox. A cursor moves when what stands before it has been sent, so that after a crash or a failure the
same entries are sent again (at least once), and of several processes one sends (see stores/following.py).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from gateway.domain.errors import GatewayError
from gateway.domain.runs import RunEvent
from gateway.following import PAUSE, TROUBLE, Log
from gateway.interfaces import Exporter
from gateway.stores.following import Cursors

log = logging.getLogger(__name__)

TOGETHER = 256
"""Entries that are read, and without windows sent, at a time."""

GRACE = 2.0
"""Seconds after the end of a window until its entries are taken to be there: those who write are not quite in step."""


class Exporting:
    """Lets *exporters* follow *log*, from `start` to `close`."""

    def __init__(
        self,
        log: Log,
        cursors: Cursors,
        exporters: Sequence[Exporter],
        *,
        clock: Callable[[], float] = time.time,
        patience: float = TROUBLE,
    ) -> None:
        self._log = log
        self._cursors = cursors
        self._exporters = exporters
        self._clock = clock
        self._patience = patience
        self._closing = threading.Event()
        self._threads: list[threading.Thread] = []
        self._problems: dict[str, str] = {}

    @property
    def told(self) -> Mapping[str, str]:
        """Why each exporter does not go on, by its name; nothing while it does."""
        return {exporter.name: self._problems.get(exporter.name, "") for exporter in self._exporters}

    def start(self) -> None:
        """Start a thread for each exporter that follows."""
        for exporter in self._exporters:
            if exporter.window is not None:
                thread = threading.Thread(target=self._work, args=[exporter], name=exporter.name, daemon=True)
                self._threads.append(thread)
                thread.start()

    def close(self) -> None:
        """End the threads, after what they have in hand, and close the exporters."""
        self._closing.set()
        for thread in self._threads:
            thread.join()
        for exporter in self._exporters:
            exporter.close()

    def _work(self, exporter: Exporter) -> None:
        while not self._closing.is_set():
            pause = 0.0
            try:
                if not self.step(exporter):
                    pause = PAUSE
                self._problems.pop(exporter.name, None)
            except Exception as exc:  # it tries again; the cursor has not moved
                problem = exc.message if isinstance(exc, GatewayError) else type(exc).__name__
                if exporter.name not in self._problems:
                    log.error("what the lineage log tells is not exported: %s", problem)
                self._problems[exporter.name] = problem
                pause = self._patience
            self._closing.wait(pause)

    def step(self, exporter: Exporter) -> bool:
        """Let *exporter* send what is next, if anything is due; return whether something was done."""
        position = self._cursors.lead(exporter.name)
        size = self._log.size()
        if position is None or position >= size:
            return False
        if position == 0 and exporter.since == "now":
            return self._cursors.move(exporter.name, 0, size, None)
        if not exporter.window:
            end = min(position + TOGETHER, size)
            exporter.export([entry.event for entry in self._log.after(position, end - position) if entry.index < end])
            return self._cursors.move(exporter.name, position, end, None)
        window = _Window(self._log, position, size, exporter.window)
        if self._clock() < window.end + GRACE:
            return False
        exporter.export(window.events())
        return self._cursors.move(exporter.name, position, window.position, None)


class _Window:
    """The entries from *position* on that are of one window of *length* seconds, before *size*."""

    def __init__(self, log: Log, position: int, size: int, length: float) -> None:
        self._log = log
        self._size = size
        at = log.at(position)
        self.position = position
        """The first entry after those that were read."""
        self.end = (at.timestamp() // length + 1) * length if at else 0.0

    def events(self) -> Iterator[RunEvent]:
        """Yield the events, reading them as they are asked for."""
        while self.position < self._size:
            following = min(self.position + TOGETHER, self._size)
            for entry in self._log.after(self.position, following - self.position):
                if entry.index >= following or entry.event.at.timestamp() >= self.end:
                    following = min(entry.index, following)
                    self.position = following
                    return
                yield entry.event
                self.position = entry.index + 1
            self.position = following
