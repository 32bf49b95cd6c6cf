import pytest

from gateway.domain.subjects import Kind, Subject


@pytest.mark.parametrize("subject", [Subject.document("kb/a.md"), Subject(Kind.CHUNK, "sha256:00")])
def test_it_reads_what_it_writes(subject: Subject):
    assert Subject.parse(str(subject)) == subject


@pytest.mark.parametrize("text", ["", "document", "document/", "page/1"])
def test_what_names_nothing_is_refused(text: str):
    with pytest.raises(ValueError, match=r"."):
        Subject.parse(text)
