from gateway.domain.documents import How, Source
from gateway.domain.principals import Principal, Role
from gateway.stores import erasedchunks
from gateway.stores.connecting import parsed
from gateway.stores.erasedchunks import Touched
from gateway.stores.erasing import Eraser
from gateway.stores.masters import default_masters
from tests.stores.databases import rows
from tests.stores.material import chunk, document, edges, entering, ingested, run

ADMIN = Principal("privacy", "acme", frozenset({Role.ADMIN}))
OWN, SAME = "What Jane signed.", "What everybody signs."


def number(url, name):
    joined = "chunk c JOIN document_version v ON v.id = c.version JOIN document d ON d.id = v.document"
    return rows(url, f"SELECT c.id FROM {joined} WHERE d.name = '{name}'")[0][0]


def test_what_an_erasure_may_have_taken_the_text_of_is_known_by_index_and_in_every_place(store, url):
    eraser = Eraser(store, default_masters(parsed(url)))
    store.append([ingested(entering(document(f"{name}.md", SAME), SAME)) for name in ("terms", "copy")])
    store.append([ingested(entering(document("else.md", "Nothing."), "Nothing."))])
    store.append(
        run(*edges(chunk("own.md", text=OWN, how=How.DECLARED), chunk("terms.md", text=SAME)), end_user="jane")
    )
    store.append(run(*edges(chunk("own.md", text=OWN, source=Source("web", "crm"), how=How.DECLARED)), end_user="john"))
    names = {name: number(url, name) for name in ("terms.md", "copy.md", "own.md")}
    places = {one for (one,) in rows(url, "SELECT id FROM chunk")}
    person, letter = Touched(), Touched()
    eraser.subject(ADMIN, "jane", touched=person)
    ((size,),) = rows(url, "SELECT size FROM tree")
    told = store.look(lambda ask: erasedchunks.concerned(ask, 0, size))
    eraser.document(ADMIN, "terms.md", touched=letter)
    after = store.look(lambda ask: erasedchunks.concerned(ask, size, size + 9))

    assert person.entries == letter.entries == 1
    assert {names["terms.md"], names["own.md"]} <= person.chunks and len(person.chunks & places) >= 4
    assert told is not None and told < person.chunks
    assert letter.chunks >= {names["terms.md"], names["copy.md"]}
    assert number(url, "else.md") not in person.chunks | letter.chunks
    assert after is None
