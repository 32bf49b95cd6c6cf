import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from gateway import scanning
from gateway.detectors.cached import CachedDetector
from gateway.detectors.patterns import PatternDetector
from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding
from gateway.scanning import STDIN, Scan, Scanned, files, run, scan, told
from gateway.terminal import progress

GUARD = CachedDetector([PatternDetector()])


class Dying(PatternDetector):
    """Cannot look through what says so."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        if any("poison" in text for text in texts):
            raise GuardUnavailable("The detector's process has died.")
        return await super().find(texts)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_bytes("hello\r\nmail ada@example.com\n🙂 123-45-6789, bob@example.com".encode())
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / ".env").write_text("ADMIN=eve@example.com")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("mail = zoe@example.com")
    (tmp_path / "clean.md").write_text("nothing here")
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\x00\xff")
    (tmp_path / "utf16.txt").write_bytes("mail ada@example.com".encode("utf-16"))
    (tmp_path / "link").symlink_to("a.txt")
    return tmp_path


def scanned(path: Path) -> Scan:
    return run(path, GUARD, progress(shown=False))


def test_a_folder_is_scanned_with_its_hidden_files_and_places_are_lines_and_columns(folder: Path):
    found = scanned(folder)

    places = {
        (Path(each.file).name, place.line, place.column, place.finding.entity)
        for each in found.found
        for place in each.places
    }
    assert places == {
        (".env", 1, 7, "EMAIL_ADDRESS"),
        ("a.txt", 2, 6, "EMAIL_ADDRESS"),
        ("a.txt", 3, 3, "US_SSN"),
        ("a.txt", 3, 16, "EMAIL_ADDRESS"),
        ("utf16.txt", 1, 6, "EMAIL_ADDRESS"),
    }
    assert found.files == 4
    assert found.entities == {"EMAIL_ADDRESS": 4, "US_SSN": 1}


def test_what_cannot_be_read_is_reported_and_never_passed_over(folder: Path):
    found = scanned(folder)

    assert [(Path(each.file).name, each.problem) for each in found.unscanned] == [
        ("link", "is a symbolic link, which is not followed"),
        ("logo.png", "is not text in UTF-8 (byte 0); save it as UTF-8."),
    ]
    assert not found.is_clean


def test_a_clean_file_is_clean(folder: Path):
    assert scanned(folder / "clean.md").is_clean
    assert not scanned(folder / "logo.png").is_clean


def test_a_file_that_is_gone_or_too_large_is_reported(tmp_path: Path):
    with (tmp_path / "large.log").open("wb") as file:
        file.truncate(scanning.LARGEST + 1)

    assert scanned(tmp_path / "gone").unscanned == [
        Scanned(str(tmp_path / "gone"), problem="cannot be read: No such file or directory")
    ]
    assert "is larger than" in scanned(tmp_path).unscanned[0].problem


async def test_a_file_that_a_detector_fails_on_is_reported_and_the_others_are_scanned(tmp_path: Path):
    for name, text in (("a", "ada@example.com"), ("b", "poison"), ("c", "bob@example.com")):
        (tmp_path / name).write_text(text)
    steps: Iterator[int] = iter(range(9))

    found = await scan([*files(tmp_path)], CachedDetector([Dying()]), lambda: next(steps))

    assert [(each.file[-1], each.problem) for each in found.unscanned] == [("b", "The detector's process has died.")]
    assert [each.file[-1] for each in found.found] == ["a", "c"]
    assert next(steps) == 3


def test_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"mail ada@example.com")))

    (each,) = scanned(STDIN).found

    assert (each.file, each.places[0].column) == ("-", 6)


def test_the_account_for_machines_has_places_counts_and_detectors_and_no_value(folder: Path):
    account = told(scanned(folder), GUARD)

    assert account["scanned"] == 4
    assert account["entities"] == {"EMAIL_ADDRESS": 4, "US_SSN": 1}
    assert account["findings"][2] == {
        "file": str(folder / "a.txt"), "line": 3, "column": 3,
        "entity": "US_SSN", "start": 30, "end": 41, "score": 0.85, "detector": "patterns",
    }  # fmt: skip
    assert [each["file"] for each in account["unscanned"]] == [str(folder / "link"), str(folder / "logo.png")]
    assert account["detectors"] == ["patterns-1"]
    assert "ada" not in str(account).replace(str(folder), "")
