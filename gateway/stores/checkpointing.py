"""Moving SQLite's write-ahead log into the file, beside the writer: whoever commits does not have to wait for it.

A checkpoint writes each page once, however often it was written to the log since the last one, and far apart on the
disk. Left to SQLite, one commit in some hundred does that for all others.
"""

import logging
import sqlite3
import threading
from contextlib import closing

from sqlalchemy.engine import URL

from gateway.stores.connecting import writing

log = logging.getLogger(__name__)

EVERY = 4_000
"""Pages in the log, about, after which they are moved: 32 MB."""

PAGES_OF_COMMIT, PAGES_OF_EVENT = 8, 3
"""About how many pages of the log a commit takes, and how many more each event of it."""


class Checkpoints:
    """Makes checkpoints of the SQLite file at *url*, on a thread that lives from the first one to `close`."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._written = 0
        self._due = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None

    @property
    def due(self) -> bool:
        """Whether a checkpoint waits to be begun."""
        return self._due.is_set()

    def committed(self, events: int) -> None:
        """Count a commit of so many *events*; start a checkpoint if it is time. Not for two threads at once."""
        self._written += PAGES_OF_COMMIT + PAGES_OF_EVENT * events
        if self._written < EVERY:
            return
        self._written = 0
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="lineage-checkpoints", daemon=True)
            self._thread.start()
        self._due.set()

    def close(self) -> None:
        """End the thread, once the checkpoint that it makes is done. A later commit starts another one."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._closed = True
            self._due.set()
            thread.join()
            self._closed = False
            self._due.clear()

    def _work(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            if self._closed:
                return
            try:
                with closing(writing(self._url)) as connection:
                    # It waits for nobody: what somebody still reads stays in the log until the next time.
                    connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
            except (sqlite3.Error, OSError) as exc:
                # The writer's own commits make checkpoints when the log has become too long.
                log.debug("no checkpoint of the lineage database now: %s", type(exc).__name__)
