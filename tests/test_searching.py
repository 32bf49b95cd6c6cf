from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.detectors.patterns import PatternDetector
from gateway.detectors.secrets import SecretDetector
from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding, distinct
from gateway.searching import PASSAGE, passages, search
from tests.planted import ALL, PEM


@dataclass
class Both:
    """Patterns and secrets; cannot look through a text with the word `poison`."""

    asked: list[int] = field(default_factory=list)

    async def find_once(self, texts: Sequence[str]) -> list[list[Finding]]:
        if any("poison" in text for text in texts):
            raise GuardUnavailable("The detector's process has died.")
        self.asked.append(sum(map(len, texts)))
        found = zip(await PatternDetector().find(texts), await SecretDetector().find(texts), strict=True)
        return [personal + secret for personal, secret in found]


@given(st.text(st.sampled_from("ab \n")), st.integers(1, 30), st.integers(0, 9), st.integers(0, 9))
def test_passages_follow_each_other_without_gap_and_hold_what_is_around_them(text, size, before, behind):
    found = list(passages(text, size, before, behind))

    assert "".join(text[one.start : one.end] for one in found) == text
    assert all(one.end - one.start <= size for one in found)
    assert all(one.text == text[max(0, one.start - before) : one.end + behind] for one in found)
    assert all(text[one.end - 1] == "\n" for one in found[:-1] if "\n" in text[one.start + 1 : one.end])


@given(st.lists(st.sampled_from([planted.text for planted in ALL]), max_size=12), st.integers(30, 300))
@settings(max_examples=40)
async def test_a_text_in_passages_has_the_findings_of_the_whole_text(texts: list[str], size: int):
    text = "\n\nand then\n".join(texts)
    (whole,) = await Both().find_once([text])

    parts = [(one, (await Both().find_once([one.text]))[0]) for one in passages(text, size, 256, 8192)]
    shifted = [(one, finding.shifted(one.first)) for one, found in parts for finding in found]
    together = distinct(finding for one, finding in shifted if one.start <= finding.start < one.end)

    assert [(f.start, f.end) for f in together] == [(f.start, f.end) for f in distinct(whole)]


async def test_a_long_text_is_looked_through_in_passages_and_a_key_across_their_border_is_found():
    text = "x" * (PASSAGE - 20) + "\n" + PEM + "\n" + "y " * PASSAGE + "ada@example.com"
    guard = Both()

    (found,) = await search(guard, [text])

    assert [text[one.start : one.end] for one in found] == [PEM, "ada@example.com"]
    assert max(guard.asked) < 1_000_000


async def test_a_text_that_cannot_be_looked_through_hinders_no_other():
    first, second, third, fourth = await search(Both(), ["ada@example.com", "poison", "", "call +1 555 123 4567"])

    assert [one.entity for one in first] == ["EMAIL_ADDRESS"]
    assert isinstance(second, GuardUnavailable)
    assert third == []
    assert [one.entity for one in fourth] == ["PHONE_NUMBER"]


@pytest.mark.parametrize("where", ["poison" + " " * PASSAGE + "x", "x" + " " * PASSAGE + "poison"])
async def test_a_text_of_which_a_part_was_not_looked_through_was_not(where: str):
    (found,) = await search(Both(), [f"ada@example.com\n{where}"])

    assert isinstance(found, GuardUnavailable)


async def test_findings_do_not_overlap_and_come_in_order():
    @dataclass
    class Twice:
        async def find_once(self, texts: Sequence[str]) -> list[list[Finding]]:
            return [[Finding("B", 4, 9, 0.5, "b"), Finding("A", 0, 6, 1.0, "a")] for _ in texts]

    (found,) = await search(Twice(), ["x" * 20])

    assert found == [Finding("A", 0, 9, 1.0, "a")]
