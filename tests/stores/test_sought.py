from gateway.stores.sought import Named, Sought
from tests.stores.material import KB


def test_a_person_and_their_documents_are_sought_by_kind_and_id():
    letter = Named(KB, "letter.md")
    sought = Sought.of("jane", [letter, letter])

    assert sought.things == {"subject/jane", "document/letter.md"}
    assert sought.documents == {letter}
    assert Sought().things == frozenset()
