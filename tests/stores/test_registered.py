from contextlib import closing

import pytest

from gateway.domain.records import Fault
from gateway.stores.fingerprints import SQLFingerprints
from gateway.stores.opening import open_ledger, open_store
from tests.recognition.material import KB, chunk, prose
from tests.stores.databases import alter
from tests.stores.material import run


@pytest.fixture
def url(database):
    """A log, and passages of which some have been forgotten and one is two tenants'."""
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append(run())
    with closing(SQLFingerprints(url)) as library:
        library.register([chunk(prose(seed), f"{seed}.md") for seed in range(4)], "acme")
        library.register([chunk(prose(1), "theirs.md"), chunk(prose(7), "nul\0 half\ud800")], "globex")
        library.forget("acme", KB, "0.md")
        library.forget("acme", KB, "1.md")
    return url


def faults(url):
    with closing(open_ledger(url)) as ledger:
        return [step.problem for step in ledger.verify() if isinstance(step, Fault)]


def test_what_nobody_touched_has_no_faults(url):
    assert faults(url) == []


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE passage SET words = X'00000000' WHERE id = 3", "table passage has rows (1)"),
        ("UPDATE passage SET digest = X'00' WHERE id = 3", "table passage has rows (1)"),
        ("UPDATE passage SET algorithm = algorithm + 1 WHERE id = 3", "table passage has rows (1)"),
        ("DELETE FROM registration WHERE document = '2.md'", "table passage has rows (1)"),
        ("UPDATE registration SET gone = TRUE WHERE document = '2.md'", "table passage has rows (1)"),
        ("UPDATE registration SET gone = FALSE WHERE gone", "table registration has rows (2)"),
        ("UPDATE registration SET tenant = 'globex' WHERE document = '2.md'", "table registration has rows (1)"),
        ("UPDATE registration SET ordinal = ordinal + 1", "table registration has rows (3)"),
        ("UPDATE registration SET identity = X'00' WHERE document = '2.md'", "table registration has rows (1)"),
        ("UPDATE registration SET owner = X'00' WHERE document = '2.md'", "table registration has rows (1)"),
    ],
)
def test_who_blinds_recognition_is_found_out(url, statement, told):
    if url.startswith("postgresql"):
        statement = statement.replace("X'00000000'", "'\\x00000000'").replace("X'00'", "'\\x00'")
    alter(url, statement)

    assert [problem for problem in faults(url) if problem.startswith(told)]
