import base64
import stat

import pytest

from gateway.domain.errors import ConfigurationError, LineageUnavailable
from gateway.stores.connecting import parsed
from gateway.stores.masters import Masters, Wrapped, default_masters, fingerprint

KEY = bytes(range(32))
OTHER = bytes(range(1, 33))


def encoded(key):
    return base64.b64encode(key).decode()


def test_the_file_is_made_for_its_owner_alone_when_the_first_key_is_wrapped(tmp_path):
    masters = Masters(tmp_path / "keys" / "lineward.key")
    known = masters.known
    wrapped = masters.wrap(KEY, b"place")

    assert known == []
    assert stat.S_IMODE((tmp_path / "keys" / "lineward.key").stat().st_mode) == 0o600
    assert Masters(tmp_path / "keys" / "lineward.key").unwrap(wrapped, b"place") == KEY


def test_of_several_processes_that_begin_at_once_all_have_the_same_key(tmp_path):
    one, two = Masters(tmp_path / "key"), Masters(tmp_path / "key")
    first, second = one.wrap(KEY, b""), two.wrap(OTHER, b"")

    assert (two.unwrap(first, b""), one.unwrap(second, b"")) == (KEY, OTHER)


def test_a_wrapped_key_that_was_altered_or_moved_does_not_unwrap(tmp_path):
    masters = Masters(tmp_path / "key")
    wrapped = masters.wrap(KEY, b"here")
    altered = Wrapped(wrapped.master, wrapped.sealed[:-1] + bytes([wrapped.sealed[-1] ^ 1]))

    for one, place in ((wrapped, b"there"), (altered, b"here")):
        with pytest.raises(ValueError, match="altered or moved"):
            masters.unwrap(one, place)


def test_without_the_master_key_the_sentence_names_it_and_where_it_should_be(tmp_path):
    wrapped = Masters(tmp_path / "key").wrap(KEY, b"")
    with pytest.raises(LineageUnavailable) as caught:
        Masters.parse({"a": encoded(OTHER)}).unwrap(wrapped, b"")

    assert wrapped.master.hex() in caught.value.message and "store.keys" in caught.value.message


def test_a_new_key_wraps_and_the_one_before_still_unwraps(tmp_path):
    masters, running = Masters(tmp_path / "key"), Masters(tmp_path / "key")
    before = running.wrap(KEY, b"")
    name = masters.rotate()
    after = running.wrap(OTHER, b"")

    assert after.master == name != before.master
    assert masters.known == running.known == [name, before.master]
    assert (running.unwrap(before, b""), masters.unwrap(after, b"")) == (KEY, OTHER)


def test_what_a_dropped_key_has_wrapped_is_gone(tmp_path):
    masters = Masters(tmp_path / "key")
    before = masters.wrap(KEY, b"")
    masters.drop([masters.rotate()])
    with pytest.raises(LineageUnavailable):
        Masters(tmp_path / "key").unwrap(before, b"")

    assert before.master not in masters.known


def test_a_key_may_move_from_the_file_into_the_configuration(tmp_path):
    wrapped = Masters(tmp_path / "key").wrap(KEY, b"")
    moved = Masters.parse({"new": encoded(OTHER), "old": (tmp_path / "key").read_text()})

    assert moved.unwrap(wrapped, b"") == KEY
    assert moved.wrap(KEY, b"").master == fingerprint(OTHER)
    with pytest.raises(ConfigurationError, match=r"store\.keys"):
        moved.rotate()


@pytest.mark.parametrize(("text", "problem"), [("!!", "not base64"), (encoded(b"short"), "5 bytes"), ("\n", "no key")])
def test_a_file_without_good_keys_is_refused_without_repeating_it(tmp_path, text, problem):
    (tmp_path / "key").write_text(text)
    with pytest.raises(ConfigurationError, match=problem) as caught:
        Masters(tmp_path / "key").wrap(KEY, b"")

    assert text.strip() not in str(caught.value).replace(str(tmp_path), "") or not text.strip()


def test_the_usual_file_stands_beside_the_database(tmp_path):
    assert default_masters(parsed(f"sqlite:///{tmp_path}/lineage.db")).path == tmp_path / "lineage.db.key"
    assert default_masters(parsed("postgresql+psycopg://u@h/x")).path.name == "lineward.key"
