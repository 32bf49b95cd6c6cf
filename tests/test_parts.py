from pathlib import Path

import pytest

from gateway.lineage.writer import Writer
from gateway.parts import Evidence, Followers
from gateway.sections import Log
from gateway.stores.connecting import parsed
from gateway.stores.opening import open_store
from gateway.stores.pool import Readers
from tests.test_building import built


async def test_a_log_hears_once_which_key_signs_it(tmp_path: Path):
    gateway = built(tmp_path)
    settings, url = gateway.settings, gateway.settings.store.url.get_secret_value()
    signed = Evidence.of(Log(signing_key_file=tmp_path / "log.key"), url, settings.masters, Readers(parsed(url)))
    writer = Writer(open_store(url, signed.signer, settings.masters))
    writer.start()
    await signed.announce(writer)
    await signed.announce(writer)
    writer.close()

    assert signed.log.signing() == [str(signed.signer.key)]
    assert signed.told == {"origin": "lineward", "signed": True, "key": str(signed.signer.key)}
    assert gateway.ledger.stats().events == 1
    assert gateway.evidence.told == {"origin": "lineward", "signed": False}


@pytest.mark.parametrize(("meaning", "more"), [("off", 0), ("local", 1)])
def test_meanings_are_compared_only_where_that_is_asked_for(tmp_path: Path, meaning: str, more: int):
    gateway = built(tmp_path, attribution={"meaning": meaning}, search={"meaning": "off"})
    followers = Followers.of(gateway.settings)
    names = followers.following.names
    followers.restart()
    followers.close()

    assert len(names) == 4 + more
    following = (followers.indexer, followers.chunk_indexer, followers.words, followers.gatherer)
    assert {one.name for one in following} <= {*names}
