import pytest

from gateway.domain.documents import Document, Source
from gateway.domain.errors import BadRequest
from gateway.loaders.files import documents
from gateway.loaders.jsonl import JSONLLoader
from gateway.loaders.limits import LIMITS
from gateway.loaders.markdown import MarkdownLoader
from gateway.loaders.text import TextLoader

LOADERS = (MarkdownLoader(), TextLoader())


@pytest.fixture
def folder(tmp_path):
    kb = tmp_path / "kb"
    (kb / "sub").mkdir(parents=True)
    (kb / ".git").mkdir()
    (kb / "b.TXT").write_text("b")
    (kb / "a.md").write_text("# A")
    (kb / "sub" / "c.txt").write_text("c")
    (kb / ".git" / "hidden.txt").write_text("hidden")
    (tmp_path / "outside.txt").write_text("outside")
    (kb / "link.txt").symlink_to(tmp_path / "outside.txt")
    return kb


def names(found):
    return [entry.id if isinstance(entry, Document) else entry.code for entry in found]


def test_a_folder_gives_its_files_in_order_and_follows_no_links(folder):
    assert names(documents(folder, LOADERS)) == ["a.md", "b.TXT", "sub/c.txt"]


def test_the_folder_is_the_source_unless_another_is_named(folder):
    first = next(documents(folder, LOADERS))
    named = next(documents(folder, LOADERS, Source("s3://bucket", "kb")))

    assert first.source == Source("file", str(folder))
    assert named.source == Source("s3://bucket", "kb")


def test_a_file_by_itself_has_the_name_that_it_has_in_its_folder(folder):
    [alone] = documents(folder / "a.md", LOADERS)

    assert alone == next(documents(folder, LOADERS))


def test_a_file_that_cannot_be_read_does_not_stop_the_others(folder):
    (folder / "a.exe").write_bytes(b"MZ")
    (folder / "aa.txt").write_bytes(b"\xff\x00")

    assert names(documents(folder, LOADERS)) == ["unknown_format", "a.md", "not_text", "b.TXT", "sub/c.txt"]


def test_nothing_there_is_an_error(tmp_path):
    with pytest.raises(BadRequest, match="no file or folder"):
        list(documents(tmp_path / "absent", LOADERS))


def test_entries_of_a_streamed_file_that_cannot_be_read_do_not_stop_its_others(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "one"}\nbroken\n{"text": "two"}\n')

    assert names(documents(tmp_path, [JSONLLoader()])) == ["a.jsonl#1", "invalid_line", "a.jsonl#3"]


def test_a_file_that_is_too_large_to_be_held_is_not_opened(tmp_path):
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(LIMITS.bytes + 1)

    assert names(documents(tmp_path, LOADERS)) == ["file_too_large"]
