from datetime import timedelta

import pytest

from gateway.dialects.chat import CHAT
from gateway.domain.documents import How
from gateway.domain.errors import ContextUnavailable, LineageUnavailable
from gateway.domain.facts import Facts
from gateway.domain.principals import Principal
from gateway.policy.uses import chunk_facts
from gateway.recognition.disagreements import Disagreement
from gateway.recognition.recogniser import Recogniser
from gateway.retrievers.recognised import RecognisedRetriever
from tests.recognition.material import chunk, prose
from tests.recognition.shelf import Shelf

WHO = Principal("bot", "acme")
LABELS = Facts(classification="confidential")


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def recogniser(shelf):
    recogniser = Recogniser(shelf)
    recogniser.register([chunk(prose(1), "a.md", labels=LABELS), chunk(prose(2), "b.md")], "acme")
    recogniser.register([chunk(prose(3), "c.md")], "globex")
    return recogniser


@pytest.fixture
def retriever(recogniser):
    return RecognisedRetriever(recogniser)


def request(*contents, **fields):
    messages = [{"role": "user", "content": content} for content in contents]
    return CHAT.parse({"model": "m", "messages": messages, **fields})


async def test_pasted_chunks_come_with_their_names_labels_and_places(retriever):
    text = "Use this: " + prose(1)
    (found,) = await retriever.retrieve(request("Hello.", text), WHO)

    assert (found.document, found.labels, found.how, found.score) == ("a.md", LABELS, How.RECOGNISED, 1.0)
    assert (found.digest, found.version) == (chunk(prose(1)).digest, chunk(prose(1)).version)
    assert found.path == ("messages", 1, "content")
    assert found.spans == ((10, len(text) - 1),)
    assert found.text == ""
    assert not found.is_brought


async def test_those_that_stand_there_most_completely_come_first(retriever):
    found = await retriever.retrieve(request(prose(1)[: len(prose(1)) // 2], prose(2)), WHO)

    assert [one.document for one in found] == ["b.md", "a.md"]


async def test_a_chunk_in_two_texts_comes_twice(retriever):
    found = await retriever.retrieve(request(prose(1), prose(1)), WHO)

    assert [one.path[1] for one in found] == [0, 1]


async def test_every_text_is_looked_at(retriever):
    tools = [{"type": "function", "function": {"name": "f", "description": prose(1)}}]
    messages = [{"role": "assistant", "content": prose(2)}, {"role": "user", "content": "And now?"}]
    found = await retriever.retrieve(CHAT.parse({"model": "m", "messages": messages, "tools": tools}), WHO)

    assert {one.document for one in found} == {"a.md", "b.md"}


async def test_a_picture_is_not(retriever):
    parts = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]

    assert list(await retriever.retrieve(request(parts), WHO)) == []


async def test_another_tenant_s_chunk_comes_without_a_name_and_is_refused_by_isolation(retriever):
    (found,) = await retriever.retrieve(request(prose(3)), WHO)

    assert "c.md" not in repr(found)
    assert "globex" not in repr(found)
    assert chunk_facts(found, WHO.tenant)["tenant"] != WHO.tenant
    assert found.spans


async def test_a_look_tells_whose_it_is(retriever):
    (looked,) = [one for one in await retriever.look(request(prose(3)), "acme") if one.recognition.foreign]

    assert [(match.tenant, match.chunks[0].document) for match in looked.recognition.foreign] == [("globex", "c.md")]


async def test_without_occasion_there_are_no_chunks_and_the_request_stays(retriever):
    asked = request("What is lineage?")

    assert list(await retriever.retrieve(asked, WHO)) == []
    assert asked == request("What is lineage?")


async def test_disagreements_with_what_was_declared_are_told(retriever):
    stranger = prose(9, 400)
    asked = CHAT.parse(
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": stranger},
                {"role": "assistant", "content": stranger},
                {"role": "user", "content": prose(1)},
            ],
        }
    )
    notices = await retriever.notices(asked, "acme", [chunk(prose(7), "absent.md")])

    assert [(one.what, one.path[:2], one.chunk and one.chunk.document) for one in notices] == [
        (Disagreement.ABSENT, (), "absent.md"),
        (Disagreement.UNDECLARED, ("messages", 2), "a.md"),
        (Disagreement.UNEXPLAINED, ("messages", 0), None),
    ]


async def test_texts_that_were_seen_are_not_looked_up_again(retriever, shelf):
    first = await retriever.retrieve(request(prose(1)), WHO)
    asked = shelf.asked

    assert await retriever.retrieve(request(prose(1)), WHO) == first
    assert shelf.asked == asked


async def test_what_others_register_is_known_soon(shelf):
    prompt = RecognisedRetriever(Recogniser(shelf), refresh=timedelta(0))
    patient = RecognisedRetriever(Recogniser(shelf), refresh=timedelta(hours=1))
    before = [list(await one.retrieve(request(prose(5)), WHO)) for one in (prompt, patient)]
    Recogniser(shelf).register([chunk(prose(5), "new.md")], "acme")
    after = [[one.document for one in await by.retrieve(request(prose(5)), WHO)] for by in (prompt, patient)]

    assert before == [[], []]
    assert after == [["new.md"], []]


async def test_without_its_library_nothing_passes():
    class Gone(Shelf):
        def changes(self, after):
            raise LineageUnavailable("the database is gone")

    with pytest.raises(ContextUnavailable, match="the database is gone"):
        await RecognisedRetriever(Recogniser(Gone())).retrieve(request(prose(1)), WHO)


async def test_a_brief_text_that_was_nothing_is_recognised_once_it_is_registered(recogniser, retriever):
    text = "The deal will be closed early in March, once the exchange has shut its doors in the evening."
    before = [await retriever.retrieve(request(text), WHO) for _ in range(2)]
    recogniser.register([chunk(text, "d.md")], "acme")
    (found,) = await retriever.retrieve(request(text), WHO)

    assert before == [[], []]
    assert found.document == "d.md"
