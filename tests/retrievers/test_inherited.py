from contextlib import closing
from dataclasses import replace

import pytest

from gateway.dialects.chat import CHAT
from gateway.domain.documents import ChunkState, How, Source
from gateway.domain.errors import ContextUnavailable, LineageUnavailable
from gateway.domain.principals import Principal
from gateway.retrievers.inherited import InheritedRetriever, chunks_of
from gateway.stores.answers import SQLAnswers
from gateway.stores.opening import open_ledger, open_store
from tests.recognition.material import prose
from tests.stores.material import DROP, LABELS, chunk, edges, ended, intent, outcome, started

WHO = Principal("bot", "acme")


@pytest.fixture
def store(url):
    with closing(open_store(url)) as opened:
        yield opened


@pytest.fixture
def answers(url, store):
    with closing(SQLAnswers(url)) as opened:
        yield opened


@pytest.fixture
def ledger(url, store):
    with closing(open_ledger(url)) as opened:
        yield opened


@pytest.fixture
def retriever(answers, ledger):
    return InheritedRetriever(answers, ledger)


@pytest.fixture
def answered(store, answers):
    """Return a function that records an answer which some edges fed, and its run."""

    def answer(text, *used, tenant="acme"):
        start = started(intent(*used, tenant=tenant), tenant=tenant)
        store.append([start, ended(start, outcome(text))])
        answers.remember(start.run, tenant, text)
        return start.run

    return answer


def request(*answers):
    turns = [{"role": "assistant", "content": text} for text in answers]
    return CHAT.parse({"model": "m", "messages": [*turns, {"role": "user", "content": "And then?"}]})


async def names(retriever, *answers, who=WHO):
    return [one.document for one in await retriever.retrieve(request(*answers), who)]


async def test_an_answer_that_the_gateway_put_there_is_known_by_its_run_however_short(retriever, answered):
    run = answered("Yes.", *edges(chunk("a.md")))
    followed = replace(request("Yes."), follows=(run, "019a0000-0000-7000-8000-000000000000"))

    (found,) = await retriever.retrieve(followed, WHO)

    assert (found.document, found.how, found.path) == ("a.md", How.INHERITED, ())
    assert await names(retriever, "Yes.") == []
    assert await retriever.retrieve(followed, Principal("bot", "rival")) == []


async def test_an_earlier_answer_brings_its_chunks_and_labels_along(retriever, answered):
    answered(prose(1), *edges(chunk("a.md"), chunk("b.md", source=Source("s3://bucket", "key/b"))))
    first, second = await retriever.retrieve(request(prose(1).replace("\n", "  ")), WHO)

    assert (first.document, first.source, first.labels, first.how) == ("a.md", chunk().source, LABELS, How.INHERITED)
    assert (second.document, second.source) == ("b.md", Source("s3://bucket", "key/b"))
    assert (first.digest, first.version) == (chunk("a.md").digest, chunk("a.md").version)
    assert (first.text, first.path, first.spans) == ("", ("messages", 0, "content"), ())
    assert not first.is_brought


async def test_what_was_dropped_or_only_found_did_not_feed_it(retriever, answered):
    used = edges(chunk("in.md"))
    dropped = edges(chunk("out.md"), state=ChunkState.DROPPED, decision=DROP)
    answered(prose(1), *used, *dropped, *edges(chunk("found.md"), state=ChunkState.RETRIEVED))

    assert await names(retriever, prose(1)) == ["in.md"]


async def test_what_an_answer_inherited_it_hands_on(retriever, answered):
    inherited = replace(chunk("a.md"), how=How.INHERITED, text="")
    answered(prose(1), *edges(inherited, state=ChunkState.RETRIEVED))

    assert await names(retriever, prose(1)) == ["a.md"]


async def test_only_the_assistant_s_turns_and_the_tenant_s_own_count(retriever, answered):
    answered(prose(1), *edges(chunk("a.md")))
    pasted = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": prose(1)}]})

    assert list(await retriever.retrieve(pasted, WHO)) == []
    assert await names(retriever, prose(1), who=Principal("bot", "globex")) == []
    assert await names(retriever, prose(2)) == []


async def test_a_set_phrase_that_many_answers_are_brings_nothing_along(retriever, answered):
    phrase = "I am sorry, but the documents that I was given do not answer this question."
    for number in range(5):
        answered(phrase, *edges(chunk(f"{number}.md"), chunk("always.md")))

    assert await names(retriever, phrase) == ["always.md"]


async def test_a_chunk_of_two_answers_comes_once(retriever, answered):
    answered(prose(1), *edges(chunk("a.md")))
    answered(prose(2), *edges(chunk("a.md"), chunk("b.md")))

    assert await names(retriever, prose(1), prose(2)) == ["a.md", "b.md"]


async def test_an_answer_that_was_looked_up_is_remembered(retriever, answered, answers, ledger):
    answered(prose(1), *edges(chunk("a.md")))
    first = await names(retriever, prose(1))
    answers.close()
    ledger.close()

    assert await names(retriever, prose(1)) == first == ["a.md"]


async def test_a_response_can_be_named_by_its_id(ledger, answered):
    run = answered("Yes.", *edges(chunk("a.md")))

    assert [one.document for one in chunks_of(ledger, run, "acme")] == ["a.md"]
    assert chunks_of(ledger, run, "globex") == []


async def test_without_the_record_nothing_passes(ledger):
    class Gone:
        def remember(self, run, tenant, text):
            raise LineageUnavailable("the database is gone")

        def runs(self, tenant, hashes):
            raise LineageUnavailable("the database is gone")

    with pytest.raises(ContextUnavailable, match="the database is gone"):
        await InheritedRetriever(Gone(), ledger).retrieve(request(prose(1)), WHO)
