"""After retention no search finds what was removed, whatever breaks off and whoever else is at work."""

from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from gateway.domain.digests import digest
from gateway.domain.errors import LineageUnavailable
from gateway.domain.principals import Principal, Role
from gateway.domain.searches import Match, Wish
from gateway.following import Followed, Following
from gateway.recognition.groups import grouped
from gateway.stores import leftovers, segments, vectors
from gateway.stores.asides import Asked
from gateway.stores.connecting import parsed, reading
from gateway.stores.entries import SQLEntries
from gateway.stores.erasing import Eraser
from gateway.stores.holding import active, placed, released
from gateway.stores.indexing import names
from gateway.stores.leftovers import Leftovers
from gateway.stores.masters import default_masters
from gateway.stores.meanings import Meaning, MeaningIndexer
from gateway.stores.opening import open_ledger
from gateway.stores.retaining import Retention
from gateway.stores.search import SQLSearch
from gateway.stores.segments import index_url
from gateway.stores.texts import SQLTexts
from tests.stores.material import ended, faults, intent, outcome, started
from tests.stores.searchable import searchable

BY = Principal("lineward", "", frozenset({Role.ADMIN}))
NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
OLD, NEW = NOW - timedelta(days=100), NOW - timedelta(days=10)
ASKED, ANSWERED = "Where did Ms Miller leave the toaster?", "Under the northern staircase, wrapped in a blanket."
TODAY = "The kettle stands under the northern window."


class Kept:
    """A searchable record with retention, by words and by a meaning that is the letters of a text."""

    def __init__(self, url, stack):
        self.url = url
        self.record = searchable(url, stack)
        self.masters = default_masters(parsed(url))
        self.meaning = Meaning("letters", vectors_of, lambda text: True)
        self.texts, self.log = SQLTexts(url), SQLEntries(url, self.masters)
        self.search, self.leftovers = SQLSearch(url, meaning=self.meaning), Leftovers(url, self.masters)
        for one in (self.texts, self.log, self.search, self.leftovers):
            stack.callback(one.close)
        self.meanings = MeaningIndexer(self.meaning)
        self.followed = [
            Followed(self.record.indexer, self.record.cursors, segments.clear),
            Followed(self.meanings, self.record.cursors, vectors.clear),
        ]
        self.following = Following(self.log, self.followed)

    def said(self, question, answer, at, tenant="acme", **more):
        start = started(intent(question=question, tenant=tenant, **more), tenant=tenant)
        self.record.store.append([replace(one, at=at) for one in (start, ended(start, outcome(answer)))])
        return start.run

    def follow(self):
        for name in self.following.names:
            self.following.catch_up(name)

    def retain(self, days=30, now=NOW):
        return Retention(self.record.store, self.masters, timedelta(days=days)).run(BY, now=now)

    def remove(self):
        return self.leftovers.remove(lambda: None)

    def found(self, text, match=Match.AUTO, **more):
        return {hit.id for hit in self.search.find(Wish(text, match, **more), "acme", limit=50).data}

    def ways(self, response, *texts):
        """In which ways of searching one of *texts* leads to *response*."""
        return {match.value for match in Match for text in texts if response in self.found(text, match)}

    def indexed(self):
        """By entry the groups that the index has of it."""
        with closing(reading(parsed(index_url(self.url)))) as connection:
            ask = Asked(connection.cursor(), sqlite=self.url.startswith("sqlite"))
            known = {}
            for one in segments.segments(ask, None, {}):
                postings = one.postings(ask)
                for at, entry in enumerate(one.entries.tolist()):
                    known[entry] = {*postings.groups[postings.texts == at].tolist()}
            return known

    def vectors(self):
        with closing(reading(parsed(index_url(self.url)))) as connection:
            ask = Asked(connection.cursor(), sqlite=self.url.startswith("sqlite"))
            rows = ask.rows("SELECT places FROM search_vector")
            return {place // 8 for (places,) in rows for place in np.frombuffer(bytes(places), "<i8").tolist()}


def vectors_of(texts):
    counted = [[text.lower().count(letter) + 0.01 for letter in "abcdefghijklmnopqrstuvwxyz"] for text in texts]
    return [(np.array(one) / np.linalg.norm(one)).tolist() for one in counted]


def buckets(text="", application="support-bot", end_user="u-1"):
    """By what a text is found; without one, what a response is found by when its texts are gone."""
    return {*grouped([text], [names(application, end_user)])[0].tolist()}


@pytest.fixture
def kept(database):
    with ExitStack() as stack:
        yield Kept(database.prepared(), stack)


def test_no_search_finds_what_retention_removed_and_everything_newer_is_found(kept):
    old = kept.said(ASKED, ANSWERED, OLD)
    new = kept.said("And the kettle?", TODAY, NEW)
    kept.follow()
    before = kept.ways(old, ASKED), kept.ways(old, ANSWERED)
    kept.retain()
    count = kept.remove()
    kept.follow()

    assert before == ({"auto", "phrase", "similar", "meaning"},) * 2
    assert count == 2
    assert not kept.ways(old, ASKED, ANSWERED, "staircase", "aircas")
    assert kept.ways(new, TODAY) == {"auto", "phrase", "similar", "meaning"}
    with closing(open_ledger(kept.url)) as ledger:
        assert faults(ledger) == []


def test_nothing_but_names_is_left_of_a_removed_text(kept):
    old = kept.said(ASKED, ANSWERED, OLD, end_user="ann")
    kept.said("And the kettle?", TODAY, NEW)
    kept.follow()
    kept.retain()
    kept.remove()

    assert kept.indexed() == {
        0: buckets(end_user="ann"),
        2: buckets("And the kettle?"),
        3: buckets(TODAY),
    }
    assert kept.vectors() == {2, 3}
    assert old in kept.found("", application="support-bot", end_user="ann")  # a record stays


def test_what_is_held_or_used_again_stays_found_until_it_goes_too(kept):
    old = kept.said(ASKED, ANSWERED, OLD)
    shared = kept.said("And where is the kettle?", TODAY, OLD)
    kept.said("And now?", TODAY, NEW)
    kept.follow()
    kept.record.store.append([placed(replace(BY, tenant="acme"), "response", old)])
    kept.retain()
    kept.remove()
    first = old in kept.found(ANSWERED, Match.PHRASE), shared in kept.found(TODAY, Match.PHRASE)
    again = kept.leftovers.due(), kept.remove()
    kept.record.store.amend(lambda ask: released(BY, active(ask, "acme")[0]))
    kept.retain(now=NOW + timedelta(days=60))
    kept.remove()

    assert first == (True, True)
    assert again == (False, 0)
    assert not kept.ways(old, ANSWERED) and not kept.ways(shared, TODAY)
    assert all(left == buckets() for left in kept.indexed().values())


def test_a_text_that_somebody_has_in_hand_is_not_written_back(kept):
    """Another worker read the texts, then they were removed, then it writes."""
    old = kept.said(ASKED, ANSWERED, OLD)
    kept.said("And the kettle?", TODAY, NEW)
    stale = []

    class Slow:
        """An index's follower during whose work texts are removed, as by another process."""

        name = kept.record.indexer.name

        def derive(self, entries):
            if not stale:
                stale.extend(entries)
                kept.retain()
                kept.remove()
            return kept.record.indexer.derive(entries)

    slow = Following(kept.log, [Followed(Slow(), kept.record.cursors, segments.clear)])
    slow.catch_up(slow.names[0])
    kept.follow()

    assert [one.text for one in stale] == [ASKED, ANSWERED, "And the kettle?", TODAY]
    assert not kept.ways(old, ASKED, ANSWERED, "staircase")
    assert (kept.indexed()[0], 1 in kept.indexed()) == (buckets(), False)
    assert kept.vectors() == {2, 3}


def test_who_broke_off_is_finished_by_the_next(kept, monkeypatch):
    monkeypatch.setattr(leftovers, "TOGETHER", 2)
    monkeypatch.setattr(leftovers, "PAGE", 2)
    for number in range(5):
        kept.said(f"{ASKED} {number}", f"{ANSWERED} {number}", OLD)
    kept.follow()
    kept.retain()
    taken, add = [], segments.replace

    def broken(index, tenant, texts):
        taken.append(texts)
        if len(taken) == 3:
            raise LineageUnavailable("the machine is off")
        return add(index, tenant, texts)

    monkeypatch.setattr(segments, "replace", broken)
    with pytest.raises(LineageUnavailable):
        kept.remove()
    monkeypatch.setattr(segments, "replace", add)
    some, due = len(kept.indexed()), kept.leftovers.due()

    assert (some, due) == (8, True)
    assert kept.retain().texts == 0
    assert kept.remove() == 6  # what was done is not done again
    assert (kept.leftovers.due(), all(one == buckets() for one in kept.indexed().values())) == (False, True)


def test_as_long_as_the_files_are_not_clean_it_is_due(kept):
    kept.said(ASKED, ANSWERED, OLD)
    kept.follow()
    kept.retain()

    def reading_all_the_time():
        raise LineageUnavailable("somebody reads")

    with pytest.raises(LineageUnavailable):
        kept.leftovers.remove(reading_all_the_time)
    cleaned = []
    assert kept.leftovers.due()
    assert kept.leftovers.remove(lambda: cleaned.append(True)) == 0
    assert (cleaned, kept.leftovers.due()) == ([True], False)


def test_an_index_that_is_made_again_is_looked_through_again(kept):
    kept.said(ASKED, ANSWERED, OLD)
    kept.follow()
    kept.retain()
    kept.remove()
    kept.following.restart()
    kept.follow()

    assert kept.leftovers.due()
    assert kept.remove() == 1  # its names, which are written anew
    assert kept.indexed() == {0: buckets()}


def test_the_order_of_the_log_need_not_be_that_of_its_times(kept):
    kept.said("And the kettle?", TODAY, NEW)
    old = kept.said(ASKED, ANSWERED, OLD)
    kept.follow()
    kept.retain()

    assert kept.remove() == 2
    assert not kept.ways(old, ASKED, ANSWERED)


def test_each_tenant_loses_its_own(kept):
    kept.said(ASKED, ANSWERED, OLD, tenant="rival")
    kept.said(ASKED, ANSWERED, NEW)
    kept.follow()
    kept.retain()
    kept.remove()

    assert {*kept.indexed()} == {0, 2, 3}
    assert len(kept.found(ANSWERED, Match.PHRASE)) == 1
    assert digest(ANSWERED) in kept.texts.kept("acme", [digest(ANSWERED)])


def test_of_an_erased_person_nothing_is_found_but_that_somebody_asked(kept):
    """With what a follower derives later, and what it is made of anew."""
    gone = kept.said(ASKED, ANSWERED, OLD, end_user="ann")
    stays = kept.said(f"{ASKED} Says Ben.", TODAY, OLD, end_user="ben")
    kept.follow()
    late = kept.said("Who is Ms Miller?", ANSWERED, OLD, end_user="ann")
    Eraser(kept.record.store, kept.masters).subject(replace(BY, tenant="acme"), "ann")
    due, count = kept.leftovers.due(), kept.remove()
    kept.follow()
    first = kept.indexed()
    kept.following.restart()
    kept.follow()

    assert (due, count) == (True, 2)
    assert not kept.ways(gone, ASKED, ANSWERED) and not kept.ways(late, ASKED, ANSWERED, "Who is Ms Miller?")
    assert kept.ways(stays, f"{ASKED} Says Ben.") == {"auto", "phrase", "similar", "meaning"}
    assert first == kept.indexed()
    assert (first[0], first[4], {*first}) == (buckets(end_user=""), buckets(end_user=""), {0, 2, 3, 4})
    assert kept.vectors() == {2, 3}
    assert kept.found("", application="support-bot", end_user="ann") == set()
    assert kept.found("", application="support-bot") == {gone, stays, late}


def test_without_retention_nothing_is_due(kept):
    kept.said(ASKED, ANSWERED, OLD)
    kept.follow()

    assert (kept.leftovers.due(), kept.remove(), len(kept.indexed())) == (False, 0, 2)


def test_nothing_of_a_removed_vector_is_left_on_the_disk(tmp_path):
    with ExitStack() as stack:
        kept = Kept(f"sqlite:///{tmp_path}/lineage.db", stack)
        kept.said("Well?", ANSWERED, OLD)
        kept.said("And the kettle?", TODAY, NEW)
        kept.follow()
        vector = kept.meaning.of(ANSWERED).rows.tobytes()

        def there():
            return any(vector in path.read_bytes() for path in tmp_path.glob("lineage.search.db*"))

        before = there()
        kept.retain()
        kept.remove()

        assert (before, there()) == (True, False)
