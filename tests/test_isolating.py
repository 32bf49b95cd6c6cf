from gateway.dialects.chat import CHAT
from gateway.dialects.fields import Arrival
from gateway.domain.facts import Facts
from gateway.isolating import Isolation
from gateway.recognition.recogniser import Recogniser
from gateway.retrievers.recognised import RecognisedRetriever
from tests.recognition.material import chunk, prose
from tests.recognition.shelf import Shelf


class Log:
    """Takes events as the log's writer does."""

    def __init__(self):
        self.events = []

    async def append(self, events):
        self.events += events


def request(*contents):
    return CHAT.parse({"model": "m", "messages": [{"role": "user", "content": one} for one in contents]}, Arrival(""))


async def watched(*contents, chunks=None, registered=()):
    recogniser = Recogniser(Shelf())
    for tenant, one in registered:
        recogniser.register([one], tenant)
    log, asked = Log(), request(*contents)
    if chunks is None:
        found = await RecognisedRetriever(recogniser).look(asked, "acme")
        chunks = [chunk("", labels=Facts(tenant="another tenant")) for one in found if one.recognition.foreign]
    await Isolation(recogniser, log).watch(asked, chunks, "acme", "the-response")
    return log.events


async def test_each_tenant_is_told_of_its_own_texts_and_of_nobody_else():
    theirs, others = chunk(prose(1), "a.md"), chunk(prose(3), "b.md")
    events = await watched(
        f"Sum up {prose(1)}",
        prose(3)[:400],
        registered=[("globex", theirs), ("initech", others), ("acme", chunk(prose(5)))],
    )

    assert [(event.tenant, event.body.response) for event in events] == [
        ("globex", "the-response"),
        ("initech", "the-response"),
    ]
    ((whole,), (part,)) = (event.body.chunks for event in events)
    assert (whole.document, whole.chunk, whole.coverage) == ("a.md", theirs.digest, 1.0)
    assert abs(whole.characters - len(prose(1))) < 10
    assert part.document == "b.md"
    assert 0 < part.coverage < 1


async def test_a_text_that_stands_there_twice_is_told_once():
    (event,) = await watched(prose(1), prose(1)[:400], registered=[("globex", chunk(prose(1), "a.md"))])

    assert [(one.document, one.coverage) for one in event.body.chunks] == [("a.md", 1.0)]


async def test_nothing_is_looked_at_or_told_where_no_text_is_another_tenants():
    events = await watched(prose(1), chunks=[chunk(prose(1))], registered=[("globex", chunk(prose(1)))])

    assert events == []


async def test_a_text_that_a_caller_brings_counts_too():
    brought = chunk(prose(1), "mine.md", labels=Facts(tenant="another tenant"))
    (event,) = await watched("And?", chunks=[brought], registered=[("globex", chunk(prose(1), "a.md"))])

    assert [one.document for one in event.body.chunks] == ["a.md"]
