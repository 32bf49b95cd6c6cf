from contextlib import closing

import pytest

from gateway.domain.digests import digest
from gateway.domain.errors import LineageUnavailable
from gateway.stores.masters import Masters
from gateway.stores.opening import open_store
from gateway.stores.texts import SQLTexts
from tests.stores.material import chunk, document, edges, entering, ingested, run

TEXT = "We grant a refund."


@pytest.fixture
def url(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        store.append(run(*edges(chunk(text=TEXT))))
    return url


def test_a_text_is_kept_although_its_document_has_changed(url):
    with closing(open_store(url)) as store:
        store.append([ingested(entering(document(text="We grant none."), outcome="changed"))])
    with closing(SQLTexts(url)) as texts:
        found = texts.kept("acme", [digest(TEXT), digest("You may."), digest("Never said.")])

    assert found == {digest(TEXT): TEXT, digest("You may."): "You may."}


def test_nobody_elses_text_is_told(url):
    with closing(SQLTexts(url)) as texts:
        assert texts.kept("umbrella", [digest(TEXT)]) == {}


def test_without_the_key_nothing_is_told(url, tmp_path):
    with closing(SQLTexts(url, Masters(tmp_path / "another"))) as texts, pytest.raises(LineageUnavailable):
        texts.kept("acme", [digest(TEXT)])
