"""Callers gathered into blocks, for the tests of what counts them."""

from contextlib import closing

from gateway.following import Followed, Following
from gateway.stores.entries import SQLEntries
from gateway.stores.following import Cursors
from gateway.stores.gathering import CallerGatherer, clear


def gather(url: str, *, anew: bool = False, together: int = 1_000) -> int:
    """Let the follower catch up with the log at *url*, from its beginning if *anew*; return what it took."""
    log, gatherer, cursors = SQLEntries(url), CallerGatherer(url), Cursors(url, "test")
    with closing(log), closing(gatherer), closing(cursors):
        following = Following(log, [Followed(gatherer, cursors, clear, together=together)])
        if anew:
            following.restart()
        return following.catch_up(gatherer.name)
