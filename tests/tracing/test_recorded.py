from gateway.tracing.recorded import named
from tests.recognition.material import chunk


def test_a_chunk_is_known_again_by_its_place_or_by_its_text_alone():
    one, moved, other = chunk("text", "a.md"), chunk("text", "b.md"), chunk("another text", "a.md")

    assert set(named(one)) & set(named(moved)) == {(one.digest,)}
    assert not set(named(one)) & set(named(other))
