from contextlib import ExitStack

import numpy as np
import pytest

from gateway.domain.attributions import Share
from gateway.domain.documents import ChunkState, How
from gateway.domain.runs import RunEvent, RunState, Traced
from gateway.domain.subjects import Subject
from gateway.following import Followed, Following
from gateway.recognition.attributing import OPEN, OVERLAP, SHORT
from gateway.stores import attributing
from gateway.stores.attributing import (
    BY_MEANING,
    BY_WORDS,
    MEANING,
    Answers,
    MeaningAttribution,
    WordAttribution,
    latin,
)
from gateway.stores.attributions import SQLAttributions
from gateway.stores.entries import SQLEntries
from gateway.stores.following import Cursors
from gateway.stores.opening import open_ledger, open_store
from gateway.stores.questions import Questions
from tests.stores.material import DROP, chunk, document, edges, ended, entering, ingested, intent, outcome, started

RETURNS = "A toaster may be returned for thirty days at the counter of any branch. Then the warranty applies."
HOURS = "Our canteen closes at three on Fridays before public holidays. In winter it opens at noon."
ANSWER = "A toaster may be returned for thirty days at the counter. You can eat until 3. The moon is of cheese. Yes."


def vectors(texts):
    """Play an embedder that knows what eating has to do with a canteen."""
    return [[1.0, 0.0] if "eat" in text or "canteen" in text else [0.0, 1.0] if "moon" in text else [0.5, 0.5]
            for text in texts]  # fmt: skip


class Attributed:
    def __init__(self, url, stack):
        self.store, self.ledger, questions = open_store(url), open_ledger(url), Questions(url)
        entries, self.cursors, answers = SQLEntries(url), Cursors(url, "test"), Answers(url)
        for one in (self.store, self.ledger, questions, entries, self.cursors, answers):
            stack.callback(one.close)
        words = WordAttribution(answers)
        meaning = MeaningAttribution(words, answers, vectors, latin)
        self.following = Following(
            entries, [Followed(one, self.cursors, attributing.clear) for one in (words, meaning)]
        )
        self.told = SQLAttributions(questions, answers, words)
        self.pages = [
            document(name, text) for name, text in (("returns.md", RETURNS), ("hours.md", HOURS), ("secret.md", ANSWER))
        ]
        self.store.append([ingested(*(entering(page) for page in self.pages))])

    def said(self, answer=ANSWER, **more):
        returns, hours, secret = (chunk(page.id, text=page.text, version=page.version) for page in self.pages)
        used = (*edges(hours, returns), *edges(secret, state=ChunkState.DROPPED, decision=DROP))
        start = started(intent(*used))
        self.store.append([start, ended(start, outcome(answer, **more))])
        return start.run

    def told_late(self, run):
        """Let a span tell that `secret.md` fed *run*, too."""
        late = chunk("secret.md", text=ANSWER, version=self.pages[2].version, how=How.TRACED)
        body = Traced(edges(late, state=ChunkState.RETRIEVED))
        self.store.append([RunEvent(run, RunState.COMPLETE, body, "acme")])

    def states(self, run):
        marked = self.told.marked(self.ledger.response(run, "acme"))
        return [(one.document, str(one.state), one.attribution) for one in marked.context]

    def methods(self, run):
        return [(one.method, one.document) for one in self.told.attribution(run, "acme").sentences]


@pytest.fixture
def record(database):
    with ExitStack() as stack:
        yield Attributed(database.prepared(), stack)


def test_sentences_are_attributed_by_words_then_by_meaning_and_the_rest_is_told(record):
    run = record.said()
    at_once = record.methods(run)
    record.following.catch_up(BY_WORDS)
    by_words = record.methods(run)
    record.following.catch_up(BY_MEANING)
    told = record.told.attribution(run, "acme")

    assert at_once == by_words == [(OVERLAP, "returns.md"), (OPEN, ""), (OPEN, ""), (SHORT, "")]
    assert [one.method for one in told.sentences] == [OVERLAP, MEANING, OPEN, SHORT]
    assert (told.sentences[1].document, told.sentences[1].score) == ("hours.md", 1.0)
    assert (told.unattributed, told.unread) == ([2], 0)
    assert [ANSWER[one.start : one.end] for one in told.sentences] == [one.text for one in told.sentences]
    assert told.sentences[0].chunk.startswith("sha256:") and told.sentences[0].source == "file/kb"


@pytest.mark.parametrize("order", [(BY_WORDS, BY_MEANING), (BY_MEANING, BY_WORDS)])
def test_who_comes_first_changes_nothing_and_neither_does_coming_again(record, order):
    run = record.said()
    for name in (*order, *order):
        record.following.catch_up(name)
    first = record.methods(run)
    for name in order:
        record.cursors.restart(name, attributing.clear)
        record.following.catch_up(name)
    for name in reversed(order):
        record.cursors.restart(name, lambda ask: None)
        record.following.catch_up(name)

    assert first == record.methods(run) == [(OVERLAP, "returns.md"), (MEANING, "hours.md"), (OPEN, ""), (SHORT, "")]


def test_the_blast_radius_tells_who_was_told_what_a_document_says(record):
    run, other = record.said(), record.said("I do not know anything about that, sorry.")
    record.following.catch_up(BY_WORDS)
    impact = record.ledger.impact(Subject.document("returns.md"), "acme", limit=9)
    dropped = record.ledger.impact(Subject.document("secret.md"), "acme", limit=9)

    assert dict(impact.by_state) == {"sent": 2, "attributed": 1}
    states = {entry.response: [*entry.states] for entry in impact.responses}
    assert states == {run: [ChunkState.ATTRIBUTED, ChunkState.SENT], other: [ChunkState.SENT]}
    assert dict(dropped.by_state) == {"dropped": 2}


def test_a_record_shows_what_the_blast_radius_counts_and_the_log_says_what_was_sent(record):
    run, silent = record.said(), record.said("I do not know anything about that, sorry.")
    at_once = record.states(run)
    for name in (BY_WORDS, BY_MEANING):
        record.following.catch_up(name)

    assert at_once == [
        ("hours.md", "sent", None),
        ("returns.md", "attributed", Share("overlap", 1.0)),
        ("secret.md", "dropped", None),
    ]
    assert record.states(run)[0] == ("hours.md", "attributed", Share("meaning", 1.0))
    assert [state for _, state, _ in record.states(silent)] == ["sent", "sent", "dropped"]
    assert [str(one.state) for one in record.ledger.response(run, "acme").context] == ["sent", "sent", "dropped"]


@pytest.mark.parametrize("order", [(BY_WORDS, BY_MEANING), (BY_MEANING, BY_WORDS)])
def test_a_span_that_comes_late_is_attributed_to_as_if_it_had_been_in_time(record, order):
    run = record.said()
    for name in order:
        record.following.catch_up(name)
    record.told_late(run)
    for name in order:
        record.following.catch_up(name)
    late, marked = record.methods(run), record.states(run)
    for name in order:
        record.cursors.restart(name, attributing.clear)
    for name in order:
        record.following.catch_up(name)

    assert {*late[:3]} <= {(OVERLAP, "returns.md"), (OVERLAP, "secret.md")} and late[3] == (SHORT, "")
    assert (late, marked) == (record.methods(run), record.states(run))
    assert ("secret.md", "attributed") in {(document, state) for document, state, _ in marked[3:]}
    assert marked[2] == ("secret.md", "dropped", None)


def test_what_is_not_kept_is_not_attributed_and_that_is_said(record):
    unkept = record.said("Nobody keeps these words of mine.", content={})
    silent = record.said(released=None, content={})
    record.following.catch_up(BY_WORDS)

    for run in (unkept, silent):
        assert record.told.attribution(run, "acme").sentences == ()
    assert record.told.attribution(unkept, "rival") is None
    assert record.told.attribution("0193", None) is None
    assert np.array(vectors(["eat"])).shape == (1, 2)


@pytest.mark.parametrize(
    ("text", "known"),
    [("May I?", True), ("Darf ich früher?", True), ("合同", False), ("12 %", False), ("да", False)],
)
def test_meanings_are_compared_of_latin_letters_only(text, known):
    assert latin(text) is known
