"""What every detector promises; a new one is added to DETECTORS with a function that opens one."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from gateway.allowing import AllowingDetector
from gateway.detectors.cached import CachedDetector
from gateway.detectors.http import HTTPDetector
from gateway.detectors.patterns import PatternDetector
from gateway.detectors.pool import PoolDetector
from gateway.detectors.presidio import PresidioDetector
from gateway.detectors.secrets import SecretDetector
from gateway.detectors.words import WordDetector
from gateway.domain.findings import distinct, masked
from gateway.interfaces import Detector
from gateway.policy.engine import PolicySet
from tests.detectors.service import serving
from tests.planted import ALL, CLEAN, PERSONAL, SECRET, Planted

Opening = Callable[[], AbstractAsyncContextManager[Detector]]


def opening(make: Callable[[], Detector]) -> Opening:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Detector]:
        detector = make()
        await detector.prepare()
        yield detector
        await detector.aclose()

    return opened


async def patterns_service(asked: dict) -> web.StreamResponse:
    """Answer as a service that has the patterns, by names of its own."""
    found = [
        [{"entity": f.entity.lower(), "start": f.start, "end": f.end, "score": f.score} for f in findings]
        for findings in await PatternDetector().find(asked["texts"])
    ]
    return web.json_response({"findings": found})


@asynccontextmanager
async def over_http() -> AsyncIterator[Detector]:
    entities = PatternDetector().entities
    names = {entity.lower(): entity for entity in entities}
    async with serving(patterns_service) as service:
        detector = HTTPDetector(url=service.url, entities=entities, dialect="lineward", names=names)
        async with opening(lambda: detector)() as opened:
            yield opened


PEOPLE = [
    Planted("PERSON", "Maria Lopez", "Please ask ", " about it."),
    Planted("PERSON", "Okonjo", "It was sent by Dr. ", " today."),
    Planted("PERSON", "Slavko E. Marr", "", " has signed it."),
    Planted("LOCATION", "New Zealand", "They went to ", " again."),
    Planted("STREET_ADDRESS", "12 High Street, Springfield, IL 62704", "She lives at ", "; nobody else does."),
    Planted("STREET_ADDRESS", "Linzer Strasse 69", "We met in ", ", of all places."),
    Planted("ZIP_CODE", "90210", "ZIP: ", "."),
    Planted("AGE", "41", "He was aged ", " then."),
]
WORDS = [
    Planted("CODE_NAME", "Project  Falcon", "We call it ", "."),
    Planted("CODE_NAME", "天狼计划", "公司的", "今年开始"),
]
NAMED = PresidioDetector()


@dataclass
class Policies:
    current: PolicySet


NOTHING_ALLOWED = Policies(PolicySet())

DETECTORS: dict[str, tuple[Opening, list[Planted]]] = {
    "patterns": (opening(PatternDetector), PERSONAL),
    "secrets": (opening(SecretDetector), SECRET),
    "cached": (opening(lambda: CachedDetector([PatternDetector(), SecretDetector()])), ALL),
    "words": (opening(lambda: WordDetector("CODE_NAME", ("Project Falcon", "天狼计划"))), WORDS),
    "allowing": (opening(lambda: AllowingDetector(CachedDetector([PatternDetector()]), NOTHING_ALLOWED)), PERSONAL),
    "pool": (opening(lambda: PoolDetector(SecretDetector(), processes=1, wait=True)), SECRET),
    "http": (over_http, PERSONAL),
    "presidio": (opening(lambda: NAMED), PEOPLE),  # one for all: its model takes a second to load
}
"""How to open each, and what it must find."""

every = pytest.mark.parametrize("name", sorted(DETECTORS))
ANY_TEXT = st.lists(
    st.one_of(
        st.sampled_from([planted.text for planted in ALL + PEOPLE] + CLEAN),
        st.text(max_size=20),
        st.sampled_from(" .\n:-"),
    ),
    max_size=8,
).map("".join)


@pytest.fixture
async def detector(name: str) -> AsyncIterator[Detector]:
    async with DETECTORS[name][0]() as opened:
        yield opened


@every
async def test_no_texts_have_no_findings(name: str, detector: Detector) -> None:
    assert await detector.find([]) == []


@every
async def test_findings_come_in_the_order_of_the_texts(name: str, detector: Detector) -> None:
    texts = [each.text for each in DETECTORS[name][1]]

    together = await detector.find(["", *texts, "nothing"])
    alone = [(await detector.find([text]))[0] for text in texts]

    assert together == [[], *alone, []]
    assert all(alone)


@every
async def test_the_version_is_a_name_that_does_not_change(name: str, detector: Detector) -> None:
    before = detector.version
    await detector.find(["some text"])

    assert before
    assert detector.version == before


@every
async def test_what_it_finds_is_among_what_it_says_it_can_find(name: str, detector: Detector) -> None:
    planted = DETECTORS[name][1]

    found = await detector.find([each.text for each in planted])

    assert {finding.entity for findings in found for finding in findings} <= detector.entities
    assert {each.entity for each in planted} <= detector.entities


@every
@given(texts=st.lists(ANY_TEXT, max_size=3))
async def test_findings_lie_inside_their_text(name: str, detector: Detector, texts: list[str]) -> None:
    found = await detector.find(texts)

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
async def test_a_masked_text_has_none_of_the_planted_values(name: str, detector: Detector, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(DETECTORS[name][1]), min_size=1, max_size=5))
    between = st.sampled_from(["\n", "\nand then ", ".\n", "\n\n", "\n— "])
    text = "".join(each.text + data.draw(between) for each in chosen)

    (findings,) = await detector.find([text])
    result = masked(text, distinct(findings))

    assert not [each.value for each in chosen if each.value in result]
    assert all(f"<{each.entity}>" in result for each in chosen)
