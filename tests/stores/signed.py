"""A signed log of a few runs, for tests of what proves it."""

from contextlib import closing

from gateway.lineage.keys import activation
from gateway.stores.opening import open_store
from tests.lineage.test_notes import OTHER, SIGNER
from tests.stores.material import activated, chunk, edges, run


def fill(url: str, runs: int = 5):
    """Write a log of *runs* into the database at *url* and return their intents."""
    with closing(open_store(url, SIGNER)) as store:
        store.append([activated()])
        store.append([activation(SIGNER.key)])
        made = [run(*edges(chunk(f"page-{number}.md")), end_user=f"u-{number}") for number in range(runs)]
        for start, end in made:
            store.append([start])
            store.append([end])
    return [start for start, _ in made]


def hand_over(url: str):
    """Let the log at *url* be signed by the next key, and go on with it."""
    with closing(open_store(url, SIGNER)) as store:
        store.append([activation(OTHER.key, [str(SIGNER.key)])])
    with closing(open_store(url, OTHER)) as store:
        store.append(run())
