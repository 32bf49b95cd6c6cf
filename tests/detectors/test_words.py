import time
import timeit
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detectors.words import WordDetector
from gateway.domain.errors import ConfigurationError
from gateway.domain.findings import Finding, distinct, masked

NAMES = ("Project Falcon", "Falcon", "C++", "天狼计划", "Café Nero", "Übersee-Handel")


async def found(text: str, words: tuple[str, ...] = NAMES, **more) -> list[str]:
    (findings,) = await WordDetector("CODE_NAME", words, **more).find([text])
    return [text[finding.start : finding.end] for finding in findings]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("We call it Project Falcon.", ["Project Falcon", "Falcon"]),
        ("project\n  FALCON's wing", ["project\n  FALCON", "FALCON"]),
        ("falcons, a Falconer and XFalcon are others", []),
        ("project_falcon and falcon/wing", ["falcon", "falcon"]),
        ("written in C++, not C or C+", ["C++"]),
        ("公司的天狼计划今年开始", ["天狼计划"]),
        ("at CAFÉ NERO or cafe\u0301 nero", ["CAFÉ NERO", "cafe\u0301 nero"]),
        ("the übersee-handel grows", ["übersee-handel"]),
        ("ｆａｌｃｏｎ, Fal\u200bcon, Falco%6e", ["ｆａｌｃｏｎ", "Fal\u200bcon", "Falco%6e"]),
        ('{"name": "x\\nFalcon"}', ["Falcon"]),
    ],
)
async def test_whole_words_are_found_however_they_are_written(text: str, values: list[str]):
    assert await found(text) == values


async def test_case_counts_where_it_is_asked_to():
    assert await found("BLUE, Blue and blue", ("Blue",), ignore_case=False) == ["Blue"]


async def test_a_finding_is_sure_and_of_the_configured_entity():
    assert await WordDetector("CODE_NAME", ("Falcon",)).find(["a Falcon", ""]) == [
        [Finding("CODE_NAME", 2, 8, 1.0, "words")],
        [],
    ]


async def test_words_come_from_a_file_as_well(tmp_path: Path):
    path = tmp_path / "names.txt"
    path.write_text("# customers\nGlobex\n\n#1 Pizza\n", encoding="utf-8")

    assert await found("Globex, Acme, #1 pizza", ("Acme",), file=path) == ["Globex", "Acme", "#1 pizza"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"entity": "code name", "words": ("x",)}, "is no name"),
        ({"entity": "CODE_NAME"}, "nothing to look for"),
        ({"entity": "CODE_NAME", "words": (" ", "")}, "nothing to look for"),
        ({"entity": "CODE_NAME", "file": Path("/nowhere/names.txt")}, "No such file"),
        ({"entity": "CODE_NAME", "file": Path(__file__).parent}, "cannot be read"),
    ],
)
def test_a_list_that_cannot_be_used_is_told(fields: dict, sentence: str):
    with pytest.raises(ConfigurationError, match=sentence):
        WordDetector(**fields)


def test_a_file_that_is_no_text_is_told_without_its_contents(tmp_path: Path):
    (tmp_path / "names.bin").write_bytes(b"Falcon\xff\xfe")

    with pytest.raises(ConfigurationError, match="is not UTF-8 text") as caught:
        WordDetector("CODE_NAME", file=tmp_path / "names.bin")
    assert "Falcon" not in str(caught.value)


def test_the_version_names_the_list_without_telling_it():
    version = WordDetector("CODE_NAME", ("Falcon", "Eagle")).version

    assert version == WordDetector("CODE_NAME", ("EAGLE", "falcon", "Eagle")).version
    assert version != WordDetector("CODE_NAME", ("Falcon",)).version
    assert version.startswith("words-1:CODE_NAME:") and "falcon" not in version.lower()


def test_what_it_can_find_is_its_entity():
    assert WordDetector("CODE_NAME", ("x",)).entities == {"CODE_NAME"}


@given(
    st.lists(
        st.one_of(
            st.sampled_from(["Project", "Falcon", "falcon", "C++", "+", "_", "天狼计划", "\n"]), st.text(max_size=5)
        )
    ),
    st.booleans(),
)
async def test_no_listed_word_is_left_in_a_masked_text(words: list[str], spaced: bool):
    text = (" " if spaced else "").join(words)
    detector = WordDetector("CODE_NAME", ("Project Falcon", "Falcon", "天狼计划"))

    (findings,) = await detector.find([text])
    hidden = masked(text, distinct(findings))

    assert all(0 <= f.start < f.end <= len(text) for f in findings)
    assert await detector.find([hidden]) == [[]]


def test_ten_thousand_words_cost_no_more_than_one():
    text = ("The quarterly report of the team shows that revenue grew. " * 40)[:2000]
    few, many = (WordDetector("X", tuple(f"alpha{n} beta{n}" for n in range(size))) for size in (1, 10_000))
    few._find(text), many._find(text)

    one, all_of_them = (
        min(timeit.repeat(lambda d=d: d._find(text), timer=time.process_time, number=20, repeat=7)) for d in (few, many)
    )

    assert all_of_them < 3 * one
    assert all_of_them / 20 < 1e-3
