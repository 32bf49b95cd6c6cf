from contextlib import closing

import pytest

from gateway.domain.documents import ChunkState
from gateway.domain.subjects import Kind
from gateway.stores.connecting import parsed
from gateway.stores.opening import open_store
from gateway.stores.packing import STATES, pack_digest
from gateway.stores.questions import Questions
from gateway.stores.statements import Statements
from gateway.stores.subjectedges import BY_KIND, PARTS
from tests.stores.databases import read_whole
from tests.stores.material import chunk, edges, run

QUESTIONS = ("known", "fed", "attributed", "states", "attributed_in", "walk")


@pytest.fixture(scope="module")
def url(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        for number in range(30):
            store.append(run(*edges(chunk(f"page-{number % 3}.md"))))
        store.append(run(*(edge for state in ChunkState for edge in edges(chunk(), state=state))))
    return url


def test_every_state_has_a_number_of_its_own_and_of_three_bits(url):
    with closing(Questions(url)) as questions, questions.asking("acme") as ask:
        ((text,),) = ask(BY_KIND[Kind.CHUNK].fed, digest=pack_digest(chunk("page-1.md").digest), after=59, bound=100)

    numbers = sorted(map(int, text.split(",")))
    assert numbers == [60 * 8 + place for place in range(len(STATES))]
    assert sorted(STATES) == sorted(ChunkState)
    assert len(STATES) < 8


@pytest.mark.parametrize("kind", [*BY_KIND, "parts"])
def test_no_question_reads_a_whole_table_of_chunks_or_edges(url, kind):
    """Cost must not grow with the number of stored responses or registered chunks."""
    asked = PARTS if kind == "parts" else BY_KIND[kind]
    for question in QUESTIONS:
        statement = Statements(parsed(url)).compiled(getattr(asked, question)(True))

        read = read_whole(url, statement)

        assert read & {"edge", "chunk", "document_version", "response", "event", "attribution"} == set(), question
