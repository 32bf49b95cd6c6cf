"""What every detector promises; a new one is added to DETECTORS with a function that makes one."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detectors.cached import CachedDetector
from gateway.detectors.patterns import PatternDetector
from gateway.detectors.secrets import SecretDetector
from gateway.domain.findings import distinct, masked
from gateway.interfaces import Detector
from tests.planted import ALL, CLEAN, PERSONAL, SECRET, Planted

DETECTORS: dict[str, tuple[Callable[[], Detector], list[Planted]]] = {
    "patterns": (PatternDetector, PERSONAL),
    "secrets": (SecretDetector, SECRET),
    "cached": (lambda: CachedDetector([PatternDetector(), SecretDetector()]), ALL),
}
"""How to make each, and what it must find."""

every = pytest.mark.parametrize("name", DETECTORS)
ANY_TEXT = st.lists(
    st.one_of(
        st.sampled_from([planted.text for planted in ALL] + CLEAN), st.text(max_size=20), st.sampled_from(" .\n:-")
    ),
    max_size=8,
).map("".join)


@every
async def test_no_texts_have_no_findings(name: str) -> None:
    assert await DETECTORS[name][0]().find([]) == []


@every
async def test_findings_come_in_the_order_of_the_texts(name: str) -> None:
    make, planted = DETECTORS[name]
    texts = [each.text for each in planted]

    together = await make().find(["", *texts, "nothing"])
    alone = [(await make().find([text]))[0] for text in texts]

    assert together == [[], *alone, []]
    assert all(alone)


@every
def test_the_version_is_a_name_that_does_not_change(name: str) -> None:
    make, _ = DETECTORS[name]

    assert make().version == make().version
    assert make().version


@every
@given(texts=st.lists(ANY_TEXT, max_size=3))
async def test_findings_lie_inside_their_text(name: str, texts: list[str]) -> None:
    found = await DETECTORS[name][0]().find(texts)

    assert len(found) == len(texts)
    assert all(
        0 <= finding.start < finding.end <= len(text)
        and 0 <= finding.score <= 1
        and finding.entity
        and finding.detector
        for text, findings in zip(texts, found, strict=True)
        for finding in findings
    )


@every
@given(data=st.data())
async def test_a_masked_text_has_none_of_the_planted_values(name: str, data: st.DataObject) -> None:
    make, planted = DETECTORS[name]
    chosen = data.draw(st.lists(st.sampled_from(planted), min_size=1, max_size=5))
    between = st.sampled_from(["\n", "\nand then ", ".\n", "\n\n", "\n— "])
    text = "".join(each.text + data.draw(between) for each in chosen)

    (findings,) = await make().find([text])
    result = masked(text, distinct(findings))

    assert not [each.value for each in chosen if each.value in result]
    assert all(f"<{each.entity}>" in result for each in chosen)
