import asyncio
from contextlib import ExitStack, closing

import pytest

from gateway.domain.errors import BadRequest, ContextUnavailable
from gateway.domain.searches import Match, Wish
from gateway.embedders.onnx import OnnxEmbedder
from gateway.following import Followed, Following
from gateway.stores import segments, vectors
from gateway.stores.asides import Asked
from gateway.stores.attributing import latin
from gateway.stores.connecting import parsed, reading
from gateway.stores.meanings import Meaning, MeaningIndexer
from gateway.stores.search import SQLSearch
from gateway.stores.segments import index_url
from tests.stores.material import ended, intent, outcome, started
from tests.stores.searchable import searchable

ANSWER = "Staff who drive to clients with their own car are reimbursed thirty cents for every kilometre."
PARAPHRASE = "How much money do I get back when I travel by private vehicle to visit a customer?"
UNRELATED = [
    "The canteen opens at noon in winter.", "A lost badge is reported to the gate.", "Whales breathe air.",
    "The moon orbits the earth once a month.", "Copies of the database are deleted after ninety days.",
    "A password has at least twelve characters.", "The printer on the second floor is out of order.",
    "Toasters may be returned for thirty days.", "Please water the plants on Mondays.", "Bread needs yeast and flour.",
]  # fmt: skip
TOPICS = ["gardens", "violins", "glaciers", "chess", "volcanoes"]


@pytest.fixture(scope="module")
def embedder():
    return OnnxEmbedder()


class Meant:
    """A record that can be searched by meaning too."""

    def __init__(self, url, embedder, stack):
        self.record = searchable(url, stack)
        self.meaning = Meaning(embedder.version, lambda texts: asyncio.run(embedder.embed(texts)), latin)
        self.search = SQLSearch(url, meaning=self.meaning)
        stack.callback(self.search.close)
        self.indexer = MeaningIndexer(self.meaning)
        record = self.record
        followed = [
            Followed(record.indexer, record.cursors, segments.clear),
            Followed(self.indexer, record.cursors, vectors.clear),
        ]
        self.following = Following(record.following._log, followed)

    def catch_up(self):
        for name in self.following.names:
            self.following.catch_up(name)

    def find(self, text, tenant="acme", limit=20, match=Match.MEANING, **more):
        return self.search.find(Wish(text, match, **more), tenant, limit=limit)

    def vectors(self):
        address = parsed(index_url(self.record.url))
        with closing(reading(address)) as connection:
            ask = Asked(connection.cursor(), sqlite=address.drivername == "sqlite")
            return sum(row[0] for row in ask.rows("SELECT size FROM search_vector"))


@pytest.fixture
def meant(database, embedder):
    with ExitStack() as stack:
        yield Meant(database.prepared(), embedder, stack)


def ids(hits):
    return [hit.id for hit in hits.data]


def test_a_paraphrase_without_a_common_word_finds_its_answer_first_among_fifty(meant):
    for topic in TOPICS:
        for text in UNRELATED:
            meant.record.said(f"Tell me of {topic}.", text)
    one = meant.record.said("Is there an allowance?", f"Yes. {ANSWER} Ask the finance team for the form.")
    meant.record.said("Is there an allowance?", ANSWER, tenant="rival")
    behind = meant.find(PARAPHRASE)
    meant.catch_up()
    found, by_itself = meant.find(PARAPHRASE), meant.find(PARAPHRASE, match=Match.AUTO)

    assert (behind.data, behind.unsearched) == ([], 104)
    assert ids(found)[0] == ids(by_itself)[0] == one
    assert (found.method, by_itself.method, found.unsearched) == ("meaning", "meaning", 0)
    match = found.data[0].matches[0]
    ((start, end),) = match.highlights
    assert (match.where, match.method) == ("answer", "meaning") and 0.35 < match.score < 1
    assert ANSWER in match.excerpt[start:end]
    scores = [hit.matches[0].score for hit in found.data]
    assert scores == sorted(scores, reverse=True)
    assert ids(meant.find(PARAPHRASE, limit=1)) == [one]
    assert meant.find("zebra crossing in Tokyo at midnight", match=Match.AUTO).data == []


def test_a_tenant_finds_its_own_only_and_everything_else_narrows_the_search(meant):
    mine = meant.record.said("?", ANSWER, application="bot", end_user="ann")
    theirs = meant.record.said("?", ANSWER, tenant="rival")
    meant.catch_up()

    assert ids(meant.find(PARAPHRASE)) == ids(meant.find(PARAPHRASE, application="bot", end_user="ann")) == [mine]
    assert ids(meant.find(PARAPHRASE, tenant="rival")) == [theirs]
    assert {*ids(meant.find(PARAPHRASE, tenant=None))} == {mine, theirs}
    assert ids(meant.find(PARAPHRASE, tenant="nobody")) == ids(meant.find(PARAPHRASE, end_user="bob")) == []


def test_a_response_whose_question_and_answer_are_near_is_told_once_with_both(meant):
    one = meant.record.said(PARAPHRASE, ANSWER)
    meant.catch_up()
    (hit,) = meant.find("What is paid for trips with one's own car?").data

    assert hit.id == one and {match.where for match in hit.matches} == {"question", "answer"}


def test_texts_that_are_not_kept_have_no_vectors(meant):
    start = started(intent(question=PARAPHRASE, content={}))
    meant.record.store.append([start, ended(start, outcome(ANSWER, content={}))])
    meant.catch_up()

    assert meant.vectors() == 0 and meant.find(PARAPHRASE).data == []


def test_another_model_begins_at_the_first_entry(meant, embedder):
    one = meant.record.said("?", ANSWER)
    meant.catch_up()
    first, meant.meaning.name = meant.meaning.name, "search-meaning-1-other"
    count = meant.vectors()
    assert meant.find(PARAPHRASE).data == []  # nothing of this model is there yet
    again = MeaningIndexer(meant.meaning)
    following = Following(meant.record.following._log, [Followed(again, meant.record.cursors, vectors.clear)])

    assert following.catch_up(again.name) == 2
    assert (meant.vectors(), ids(meant.find(PARAPHRASE))) == (count, [one])
    assert meant.record.cursors.position(first) == 0


def test_what_cannot_be_compared_is_refused_with_a_code(meant):
    with pytest.raises(BadRequest, match="Nothing is searched by meaning here") as off:
        meant.record.search.find(Wish(PARAPHRASE, Match.MEANING), "acme", limit=9)
    with pytest.raises(BadRequest, match="does not read this script") as unread:
        meant.find("退款期限为三十天")

    assert (off.value.code, off.value.param, unread.value.code) == ("meaning_off", "match", "meaning_unreadable")
    assert meant.find("退款期限为三十天", match=Match.AUTO).data == []


def test_an_embedder_that_does_not_answer_is_told(meant):
    def broken(texts):
        raise ContextUnavailable("The embedder does not answer.")

    meant.meaning._embed = broken
    with pytest.raises(ContextUnavailable):
        meant.find(PARAPHRASE)
