from contextlib import closing
from datetime import timedelta

import pytest

from gateway.dialects.chat import CHAT
from gateway.dialects.fields import Arrival
from gateway.domain.documents import How, Source
from gateway.domain.errors import ContextUnavailable, LineageUnavailable
from gateway.domain.facts import Facts
from gateway.domain.labels import SourceLabels
from gateway.domain.principals import Principal
from gateway.recognition.recogniser import Recogniser
from gateway.retrievers.traced import Learnt, TracedRetriever
from gateway.stores.opening import open_ledger, open_store
from gateway.tracing.spans import Span
from tests.recognition.material import KB, chunk, prose
from tests.recognition.shelf import Shelf
from tests.stores.material import document, entering, ingested
from tests.tracing.exported import TRACE, openinference
from tests.tracing.kept import spans_in

WHO = Principal("bot", "acme")
SECRET = Facts(classification="confidential")


@pytest.fixture
def recogniser():
    recogniser = Recogniser(Shelf())
    recogniser.register([chunk(prose(1), "a.md", labels=SECRET)], "acme")
    recogniser.register([chunk(prose(3), "c.md")], "globex")
    return recogniser


@pytest.fixture
def kept(tmp_path):
    with closing(spans_in(tmp_path)) as spans:
        yield spans


@pytest.fixture
def retriever(kept, recogniser):
    return TracedRetriever(kept, recogniser)


def spans(*documents, trace_id=TRACE):
    return [Span(trace_id, "shop", openinference(*documents))]


def request(*contents, trace_id=TRACE, **fields):
    messages = [{"role": "user", "content": content} for content in contents or ("And?",)]
    return CHAT.parse({"model": "m", "messages": messages, **fields}, Arrival("", frozenset(), trace_id))


async def test_a_request_of_the_same_trace_and_tenant_gets_what_was_retrieved(retriever):
    retriever.learn(spans({"id": "n1", "content": "Plums are blue.", "score": 0.7}), "acme")

    (found,) = await retriever.retrieve(request(trace_id=TRACE.upper()), WHO)

    assert (found.source, found.document, found.score) == (Source("lineward", "trace:shop"), "n1", 0.7)
    assert (found.how, found.path, found.is_brought, found.in_place) == (How.TRACED, (), False, False)
    assert [*await retriever.retrieve(request(trace_id="1" * 32), WHO)] == []
    assert [*await retriever.retrieve(request(trace_id=""), WHO)] == []
    assert [*await retriever.retrieve(request(), Principal("bot", "globex"))] == []


async def test_registered_text_counts_as_the_registered_chunk_with_its_labels(retriever):
    claimed = '{"classification": "public", "tags": ["draft"]}'
    retriever.learn(spans({"id": "n1", "content": prose(1).upper(), "score": 0.9, "metadata": claimed}), "acme")

    (found,) = await retriever.retrieve(request(), WHO)

    assert (found.source, found.document, found.how, found.score) == (KB, "a.md", How.TRACED, 0.9)
    assert found.labels == SECRET | Facts(tags=("draft",))
    assert (found.digest, found.text) == (chunk(prose(1)).digest, "")


async def test_the_same_text_under_several_names_is_one_chunk_with_the_tightest_labels(retriever):
    tight, loose = (
        {"content": prose(1), "metadata": f'{{"ai_inference": "{word}"}}'} for word in ("not_allowed", "allowed")
    )
    retriever.learn(spans({"id": "n1", **tight}, {"id": "n2", **loose}), "acme")

    (found,) = await retriever.retrieve(request(), WHO)

    assert found.labels == SECRET | Facts(ai_inference="not_allowed")


async def test_a_piece_of_a_registered_chunk_is_that_chunk(retriever):
    retriever.learn(spans({"id": "n1", "content": prose(1)[:250]}), "acme")

    assert [one.document for one in await retriever.retrieve(request(), WHO)] == ["a.md"]


@pytest.mark.parametrize("text", [prose(1), prose(5)], ids=["registered", "not registered"])
async def test_what_stands_in_the_request_is_marked_where_it_stands(retriever, text):
    retriever.learn(spans({"id": "n1", "content": text}), "acme")
    pasted = f"Sum up: {text.replace(chr(10), '  ')} Thanks!"

    (found,) = await retriever.retrieve(request("Hello.", pasted), WHO)

    start, end = found.spans[0]
    assert (found.how, found.path, found.in_place) == (How.TRACED, ("messages", 1, "content"), True)
    assert pasted[:start] == "Sum up: "
    assert pasted[end:] in (" Thanks!", ". Thanks!")


async def test_what_another_tenant_has_registered_is_labelled_so(retriever):
    retriever.learn(spans({"id": "n1", "content": prose(3)}), "acme")

    (found,) = await retriever.retrieve(request(), WHO)

    assert (found.document, found.labels["tenant"]) == ("n1", "another tenant")


async def test_what_the_request_declares_itself_is_left_to_that(retriever):
    retriever.learn(spans({"id": "n1", "content": "Plums are blue."}, {"id": "n2", "content": "Red"}), "acme")

    found = await retriever.retrieve(request(documents=[{"id": "x", "text": "Plums are blue."}]), WHO)

    assert [one.document for one in found] == ["n2"]


async def test_labels_of_a_source_hold_and_are_only_tightened(kept):
    sources = SourceLabels(of_namespace={"s3://hr": SECRET | Facts(owner="hr@example.com")})
    retriever = TracedRetriever(kept, sources=sources)
    said = '{"source": "s3://hr/a.txt", "classification": "public"}'
    retriever.learn(spans({"metadata": said, "content": "x"}), "acme")

    (found,) = await retriever.retrieve(request(), WHO)

    assert found.labels == SECRET | Facts(owner="hr@example.com")


async def test_a_name_alone_is_looked_up_in_the_catalogue(kept, tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    with closing(open_store(url)) as store, closing(open_ledger(url)) as ledger:
        store.append([ingested(entering(document("/kb/a.md", labels=SECRET), "text"))])
        retriever = TracedRetriever(kept, ledger=ledger)
        retriever.learn(spans({"id": "/kb/a.md"}, {"id": "b.md"}), "acme")
        first, second = await retriever.retrieve(request(), WHO)

    assert (first.document, first.labels, second.labels) == ("/kb/a.md", SECRET, Facts())


async def test_what_is_registered_and_cannot_be_read_stops_the_request(kept):
    class Broken(Shelf):
        def passages(self, numbers):
            raise LineageUnavailable("the disk is gone")

    shelf = Broken()
    broken = Recogniser(shelf)
    broken.register([chunk(prose(1), "a.md")], "acme")
    retriever = TracedRetriever(kept, broken)
    retriever.learn(spans({"id": "n1", "content": prose(1)}), "acme")

    with pytest.raises(ContextUnavailable, match="cannot be looked up"):
        await retriever.retrieve(request(), WHO)


@pytest.mark.parametrize("trace_id", ["", "0" * 32, "1" * 31, "-" * 32])
def test_a_retrieval_without_a_trace_is_rejected(retriever, trace_id):
    told = retriever.learn(spans({"id": "a"}, trace_id=trace_id), "acme")

    assert told == Learnt(1, "A retrieval span has no valid trace id.")


def test_one_wrong_span_does_not_cost_the_others(retriever):
    wrong = Span(TRACE, "shop", {"gen_ai.operation.name": "retrieval", "gen_ai.retrieval.documents": "{"})
    other = Span("", "shop", {"openinference.span.kind": "LLM"})

    told = retriever.learn([wrong, other, *spans({"id": "a"}, {"score": 1})], "acme")

    assert (told.rejected, told.traces) == (1, (TRACE,))
    assert "no list of objects" in told.message
    assert "neither a name nor text" in told.message
    assert [one.document for heard in retriever.spans.of("acme", TRACE) for one in heard.chunks] == ["a"]


async def test_how_long_it_is_remembered_is_configured(kept):
    retriever = TracedRetriever(kept, age=timedelta(seconds=-1))
    retriever.learn(spans({"id": "a"}), "acme")

    assert [*await retriever.retrieve(request(), WHO)] == []
