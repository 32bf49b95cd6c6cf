from contextlib import closing

import pytest

from gateway.stores import following, segments
from gateway.stores.asides import Aside
from gateway.stores.following import Cursors, followed


@pytest.fixture
def cursors(url):
    with closing(Cursors(url, "one")) as opened:
        yield opened


@pytest.fixture
def beside(database):
    url = database.prepared()
    segments.prepare_index(url)
    return url


def note(number):
    return lambda ask: ask.run("INSERT INTO answer_print (tenant, hash, run) VALUES (?, ?, ?)", ("acme", number, b"r"))


def fail(ask):
    raise KeyError


def test_a_cursor_begins_at_the_first_entry_and_moves(cursors):
    assert cursors.position("search") == 0
    assert cursors.lead("search") == 0
    assert cursors.move("search", 0, 5, None)
    assert cursors.position("search") == cursors.lead("search") == 5


def test_a_cursor_moves_only_from_where_the_work_began(cursors):
    cursors.lead("search")
    cursors.move("search", 0, 5, note(1))

    assert not cursors.move("search", 0, 7, note(2))
    assert not cursors.move("unknown", 0, 7, note(3))
    assert cursors.position("search") == 5


def test_what_fails_while_it_is_written_leaves_the_cursor_where_it_was(cursors):
    cursors.lead("search")
    with pytest.raises(KeyError):
        cursors.move("search", 0, 5, fail)

    assert cursors.position("search") == 0
    assert cursors.move("search", 0, 5, note(1))


def test_one_process_leads_until_its_lease_is_over(cursors, url, monkeypatch):
    with closing(Cursors(url, "two")) as other:
        assert (cursors.lead("search"), other.lead("search"), other.lead("export")) == (0, None, 0)
        cursors.move("search", 0, 3, None)
        monkeypatch.setattr(following, "LEASE_SECONDS", -1.0)
        cursors.move("search", 3, 4, None)
        monkeypatch.undo()

        assert other.lead("search") == 4
        assert cursors.lead("search") is None


def test_a_lease_is_prolonged_by_work_and_by_asking(cursors, url, monkeypatch):
    monkeypatch.setattr(following, "LEASE_SECONDS", -1.0)
    cursors.lead("search")
    monkeypatch.undo()
    assert cursors.lead("search") == 0

    with closing(Cursors(url, "two")) as other:
        assert other.lead("search") is None


def test_a_follower_may_begin_again(cursors):
    cursors.lead("search")
    cursors.move("search", 0, 5, note(1))
    cursors.restart("search", lambda ask: ask.run("DELETE FROM answer_print WHERE hash = ?", (1,)))

    assert cursors.position("search") == 0
    assert cursors.move("search", 0, 1, note(1))


def test_of_another_log_nobody_has_more_behind_him_than_it_has_in_common_with_his(beside):
    """So whoever asks before anything is derived anew is told nothing of entries that are not there."""
    with closing(Cursors(beside, "one", apart=True)) as cursors, closing(Aside(beside, "nothing")) as aside:
        cursors.lead("search")
        for position in (2, 4, 6):
            cursors.move("search", max(0, position - 2), position, None, b"leaf %d" % position)

        def behind(*leaves, name="search"):
            known = {position - 1: b"leaf %d" % position for position in leaves}
            with aside.transaction() as ask:
                return followed(ask, name, known.get)

        assert [behind(2, 4, 6), behind(2, 4), behind(2), behind(), behind(name="nobody")] == [6, 4, 2, 0, 0]
