from gateway.dialects.chat import CHAT
from gateway.domain.documents import How
from gateway.domain.principals import Principal
from gateway.retrievers.inline import InlineRetriever

WHO = Principal("app", "acme")


async def test_declared_documents_come_in_the_caller_s_order():
    request = CHAT.parse(
        {
            "model": "m",
            "messages": [{"role": "user", "content": "q"}],
            "documents": [
                {"id": "b", "text": "B", "labels": {"classification": "restricted"}},
                {"id": "a", "text": "A"},
            ],
        }
    )

    first, second = await InlineRetriever().retrieve(request, WHO)

    assert (first.document, second.document) == ("b", "a")
    assert first.how is How.DECLARED
    assert first.labels["classification"] == "restricted"
    assert first.path == ("documents", 0, "text")


async def test_a_request_without_documents_declares_nothing():
    request = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": "q"}]})

    assert list(await InlineRetriever().retrieve(request, WHO)) == []
