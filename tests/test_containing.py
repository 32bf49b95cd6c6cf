import asyncio

import pytest

from gateway.containing import REFRESH, Containment
from gateway.dialects.chat import CHAT
from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, How, Source
from gateway.domain.errors import ContextUnavailable, LineageUnavailable
from gateway.domain.quarantines import Contained, Quarantine
from gateway.domain.runs import Quarantined

KB = Source("file", "kb")
TEXT = "A page that says in some twenty words or so what is granted to whom, when, and by whose leave it is granted."
CHUNK = Chunk(KB, "a.md", "v", 0, TEXT, How.DECLARED)
OTHER = Chunk(KB, "b.md", "v", 0, "Another page, of which nobody thinks ill.", How.DECLARED)
ASKED = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": "May I?"}]})


class Register:
    """The register, the log and the texts of one store, as far as they matter here."""

    def __init__(self) -> None:
        self.held: list[Contained] = []
        self.reads = 0
        self.broken = False
        self.now = 0.0

    def version(self) -> int:
        self.reads += 1
        if self.broken:
            raise LineageUnavailable("no disk")
        return len(self.held)

    def contained(self):
        return self.held

    def texts(self, digests, tenant):
        return {name: TEXT for name in digests if name == digest(TEXT)}

    async def append(self, events):
        for event in events:
            body = event.body
            self.held.append(
                Contained(event.tenant, body.source.namespace, body.source.name, body.document, frozenset())
            )


@pytest.fixture
def register():
    return Register()


@pytest.fixture
def containment(register):
    return Containment(register, register, register, lambda: register.now)


def hold(register):
    register.held.append(Contained("acme", "file", "kb", "a.md", frozenset({digest(TEXT)})))


async def out(containment, *chunks, request=ASKED, tenant="acme"):
    return [chunk.document for chunk in await containment.marked(chunks, tenant, request) if chunk.contained]


async def test_it_is_known_by_name_by_its_words_and_to_its_tenant_alone(containment, register):
    hold(register)
    copy = Chunk(KB, "copy.md", "v", 0, TEXT, How.DECLARED)
    altered = Chunk(KB, "altered.md", "v", 0, f"We heard: {TEXT.upper()}", How.DECLARED)
    later = Chunk(KB, "a.md", "v2", 0, "A later version with other words.", How.DECLARED)

    assert await out(containment, CHUNK, OTHER, copy, altered, later) == ["a.md", "copy.md", "altered.md", "a.md"]
    assert await out(containment, CHUNK, tenant="rival") == []


async def test_in_a_text_that_nobody_declared_it_is_found(containment, register):
    hold(register)
    asked = CHAT.parse({"model": "m", "messages": [{"role": "user", "content": f"Look:\n{TEXT}\nMay I?"}]})

    (found,) = await containment.marked([], "acme", asked)

    assert (found.document, found.how, found.contained) == ("a.md", How.RECOGNISED, True)
    assert asked.texts[0].value[slice(*found.spans[0])].startswith("A page that says")


async def test_what_another_process_orders_is_known_after_the_refresh(containment, register):
    assert await out(containment, CHUNK) == []
    hold(register)
    assert await out(containment, CHUNK) == []

    register.now += REFRESH

    assert await out(containment, CHUNK) == ["a.md"]
    assert containment.remembered(CHUNK, "acme").contained


async def test_what_a_rule_orders_here_holds_at_once_and_is_ordered_once(containment, register):
    ordered = Quarantine("acme", KB, "b.md", "poisoned", "no-poison", "sec", "0193")
    assert await out(containment, OTHER) == []

    await containment.quarantine(ordered)
    await containment.quarantine(ordered)

    assert await out(containment, OTHER) == ["b.md"]
    assert len(register.held) == 1


async def test_between_two_reads_nothing_is_asked(containment, register):
    for _ in range(5):
        await out(containment, CHUNK)

    assert register.reads == 1


async def test_who_asks_at_once_shares_a_read_that_nobody_takes_away_by_leaving(containment, register):
    hold(register)
    first, *others = [asyncio.create_task(out(containment, CHUNK)) for _ in range(5)]
    await asyncio.sleep(0)
    first.cancel()

    assert await asyncio.gather(*others) == [["a.md"]] * 4
    assert register.reads == 1


async def test_what_was_ordered_here_while_others_read_is_known(containment, register):
    """A read that began before it may have seen what was before."""
    early = asyncio.create_task(out(containment, OTHER))
    await asyncio.sleep(0)
    await containment.change(Quarantined(KB, "b.md", "poisoned", False), "acme")

    assert await out(containment, OTHER) == ["b.md"]
    await early


async def test_a_register_that_cannot_be_read_lets_nothing_pass(containment, register):
    register.broken = True

    with pytest.raises(ContextUnavailable, match="out of use"):
        await containment.marked([CHUNK], "acme", ASKED)
