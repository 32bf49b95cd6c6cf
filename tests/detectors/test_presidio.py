import logging
import random
import socket
import string
import subprocess
import sys
from pathlib import Path
from time import process_time
from timeit import repeat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.detectors.entities import RECOGNISED, USUAL
from gateway.detectors.models import ENGLISH
from gateway.detectors.patterns import ENTITIES as PATTERNS
from gateway.detectors.presidio import PresidioDetector
from gateway.domain.errors import ConfigurationError, GuardUnavailable
from gateway.domain.findings import distinct, masked

LETTER = (
    "Dear Dr. Okonjo,\\n\\nMaria Lopez, 41 years old, has moved to 12 High Street, Springfield, IL 62704.\n"
    "Lopez was born in Třebíč.\n\nKind regards,\nUwe Sommer\n"
)


@pytest.fixture(scope="module")
def presidio() -> PresidioDetector:
    detector = PresidioDetector()
    detector.load()
    return detector


async def values(detector: PresidioDetector, text: str) -> set[tuple[str, str]]:
    [found] = await detector.find([text])
    return {(finding.entity, text[finding.start : finding.end]) for finding in found}


async def test_it_finds_people_places_addresses_and_ages(presidio: PresidioDetector) -> None:
    assert await values(presidio, LETTER) >= {
        ("PERSON", "Okonjo"),
        ("PERSON", "Maria Lopez"),
        ("PERSON", "Uwe Sommer"),
        ("LOCATION", "Třebíč"),
        ("STREET_ADDRESS", "12 High Street, Springfield, IL 62704"),
        ("ZIP_CODE", "62704"),
        ("AGE", "41"),
    }


async def test_disguises_are_undone_and_offsets_count_in_the_original(presidio: PresidioDetector) -> None:
    text = "Please ask Robert\u00a0Joh\u200bnson in Chi\u00adcago."

    assert await values(presidio, text) >= {("PERSON", "Robert\u00a0Joh\u200bnson"), ("LOCATION", "Chi\u00adcago")}


async def test_what_overlaps_is_one_finding_downstream(presidio: PresidioDetector) -> None:
    """The postal code is found alone and in its address; a mask must not cut the one with the other."""
    [found] = await presidio.find([LETTER])

    assert len(distinct(found)) < len(found)
    assert "moved to <STREET_ADDRESS>.\n<PERSON> was born" in masked(LETTER, distinct(found))


async def test_dates_organisations_and_nationalities_are_off_unless_asked_for(presidio: PresidioDetector) -> None:
    text = "On 5 May 2024 the German president visited Microsoft Corporation in Redmond."
    noisy = PresidioDetector(entities=frozenset({"DATE_TIME", "ORGANIZATION", "NRP"}))

    assert {entity for entity, _ in await values(presidio, text)} <= {"PERSON", "LOCATION"}
    assert await values(noisy, text) == {
        ("DATE_TIME", "5 May 2024"), ("NRP", "German"), ("ORGANIZATION", "Microsoft Corporation"),
    }  # fmt: skip


def test_what_patterns_find_is_not_found_again_unless_asked_for() -> None:
    assert not USUAL & PATTERNS
    assert not PATTERNS - RECOGNISED.keys()


async def test_what_else_presidio_knows_can_be_asked_for_with_its_context() -> None:
    detector = PresidioDetector(entities=frozenset({"US_PASSPORT", "URL", "UK_NINO"}), min_score=0.3)

    named = await values(detector, "My passport number is 912803456, see https://shop.example.co.uk/a (NINO AB123456C)")

    assert {(entity, value.strip()) for entity, value in named} == {
        ("US_PASSPORT", "912803456"), ("URL", "https://shop.example.co.uk/a"), ("UK_NINO", "AB123456C"),
    }  # fmt: skip


async def test_part_of_a_word_is_no_context() -> None:
    """`lic`, which stands beside the numbers of licences, is in `public` as well."""
    detector = PresidioDetector(entities=frozenset({"US_DRIVER_LICENSE"}), min_score=0.4)

    assert await values(detector, "the public registry says A1234567") == set()
    assert await values(detector, "driver license A1234567") == {("US_DRIVER_LICENSE", "A1234567")}


async def test_several_addresses_in_a_row_are_several_findings() -> None:
    detector = PresidioDetector(entities=frozenset({"EMAIL_ADDRESS"}))
    text = "anna@example.com bob@example.org,carol@example.net;dave@example.com\neve@example.com"

    assert {value for _, value in await values(detector, text)} == set(text.replace(",", " ").replace(";", " ").split())


async def test_nothing_dials_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Presidio's recognisers of e-mail addresses and URLs ask publicsuffix.org when nobody keeps them from that."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    detector = PresidioDetector(entities=frozenset({"URL", "EMAIL_ADDRESS", "PERSON"}))

    found = await values(detector, "See www.nowhere.example.com, asks Robert Johnson, rob@nowhere.example.com.")

    assert {("URL", "www.nowhere.example.com"), ("EMAIL_ADDRESS", "rob@nowhere.example.com")} <= found


async def test_recognisers_are_loaded_once() -> None:
    detector = PresidioDetector(entities=frozenset({"URL", "PERSON"}))
    detector.load()
    [language] = detector._engine._languages
    assert language._analyzer is not None
    recognisers = language._analyzer.registry.recognizers
    before = [id(each) for each in recognisers]

    await detector.find(["https://example.com/a", LETTER])

    assert [id(each) for each in recognisers] == before
    assert [each.name for each in recognisers] == ["SpacyRecognizer", "UrlRecognizer"]


async def test_a_pattern_that_takes_too_long_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    import presidio_analyzer.pattern_recognizer as patterns

    detector = PresidioDetector(entities=frozenset({"URL"}))
    detector.load()
    bound = patterns.REGEX_TIMEOUT_SECONDS
    monkeypatch.setattr(patterns, "REGEX_TIMEOUT_SECONDS", 1e-9)

    with pytest.raises(GuardUnavailable, match=r"failed \(TimeoutError\)"):
        await detector.find([f"{'a.' * 20_000} https://example.com"])
    monkeypatch.undo()
    assert bound <= 2
    assert await values(detector, "https://example.com/a") == {("URL", "https://example.com/a")}


async def test_a_hundred_thousand_unseen_words_are_forgotten_again() -> None:
    """Words stay in spaCy's store of strings for as long as a zone lasts: 250,000 characters."""
    detector = PresidioDetector(entities=frozenset({"UK_NINO"}))
    lots = random.Random(7)
    sizes = []
    for _ in range(100):
        words = ("".join(lots.choices(string.ascii_lowercase, k=9)) for _ in range(1_000))
        await detector.find([" ".join(words)])
        sizes.append(len(detector._engine._languages[0]._tagger.nlp.vocab.strings))

    assert max(sizes[50:]) < max(sizes[:50]) + 2_000


async def test_presidio_logs_nothing_of_the_text(presidio: PresidioDetector, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="gateway"):
        await presidio.find([LETTER])

    assert "Lopez" not in caplog.text
    assert not logging.getLogger("presidio-analyzer").isEnabledFor(logging.INFO)


async def test_values_can_be_allowed_and_unsure_findings_left_out() -> None:
    text = "Maria Lopez met Kevin in Berlin"

    assert ("PERSON", "Maria Lopez") not in await values(PresidioDetector(allow=frozenset({"Maria Lopez"})), text)
    assert {finding.score >= 0.8 for finding in (await PresidioDetector(min_score=0.8).find([text]))[0]} == {True}


@settings(max_examples=50)
@given(
    text=st.text(max_size=200)
    | st.text(st.characters(codec=None), max_size=50)
    | st.text("Aa1 .,\n\\n%20&#;@", max_size=200)
)
async def test_any_text_can_be_looked_through(presidio: PresidioDetector, text: str) -> None:
    [found] = await presidio.find([text])

    assert all(0 <= finding.start < finding.end <= len(text) for finding in found)


async def test_texts_are_answered_in_their_order(presidio: PresidioDetector) -> None:
    texts = ["Maria Lopez", "", "nothing", "in Berlin, Germany"]

    assert await presidio.find(texts) == [(await presidio.find([text]))[0] for text in texts]


HARD = ["Anna ", "A", "12 High Street ", "12 ", "Apt. 5 ", "dear ", "my name is ", "thanks\n", "\n", "rue ", "Mr. ",
        "aged 1 ", "corner of ", "New ", "'s wife ", "X_", "zip: 1", "name: '", "van ", "Xx, "]  # fmt: skip


@pytest.mark.parametrize("unit", HARD)
def test_own_recognisers_take_time_in_proportion_to_the_text(presidio: PresidioDetector, unit: str) -> None:
    """100 kB of what every pattern begins with cost ten times 10 kB, not a hundred times."""
    engine = presidio._engine
    short, long = (unit * (size // len(unit) + 1) for size in (10_000, 100_000))

    quick = min(repeat(lambda: engine._reading(short), timer=process_time, number=1, repeat=3))
    slow = min(repeat(lambda: engine._reading(long), timer=process_time, number=1, repeat=2))

    assert slow < 30 * quick + 0.01


def test_the_version_names_model_and_library_and_follows_the_configuration() -> None:
    usual, other = PresidioDetector(), PresidioDetector(min_score=0.6)

    assert usual.version.startswith("presidio-1 (presidio-analyzer 2.")
    assert "en_core_web_" in usual.version
    assert other.version != usual.version
    assert usual.entities == USUAL


def test_making_one_loads_neither_presidio_nor_spacy() -> None:
    """The process that serves requests makes one to learn its version; other processes do the work."""
    code = (
        "import sys; from gateway.detectors.presidio import PresidioDetector; PresidioDetector().version;"
        "print(sorted({'spacy', 'presidio_analyzer', 'thinc'} & sys.modules.keys()))"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any spaCy model."""
    for package in ENGLISH:
        monkeypatch.setitem(sys.modules, package, None)


async def test_without_a_model_it_says_so_and_finds_the_rest(bare: None) -> None:
    detector = PresidioDetector()

    found = await values(detector, LETTER)

    assert detector.version.endswith("NER off)")
    assert detector.entities == {"STREET_ADDRESS", "ZIP_CODE", "AGE"}
    assert found == {
        ("STREET_ADDRESS", "12 High Street, Springfield, IL 62704"), ("ZIP_CODE", "62704"), ("AGE", "41"),
    }  # fmt: skip


async def test_several_languages_are_read_by_their_models(german: Path) -> None:
    detector = PresidioDetector(languages=("en", "de"), models={"de": str(german)})

    [found] = await detector.find(["Maria Lopez lives at 12 High Street, Springfield, IL 62704."])

    assert detector.version.endswith(", de_toy-1)")
    assert [language._language for language in detector._engine._languages] == ["en", "de"]
    assert {"PERSON", "STREET_ADDRESS"} <= {finding.entity for finding in found}


async def test_another_language_alone_has_no_english_addresses(german: Path) -> None:
    detector = PresidioDetector(languages=("de",), model=str(german))

    [found] = await detector.find(["Frau Lopez, 41 years old, wohnt 12 High Street, Springfield, IL 62704."])

    assert detector.entities == {"PERSON", "LOCATION"}
    assert {finding.entity for finding in found} <= {"PERSON", "LOCATION"}


@pytest.fixture
def german(tmp_path: Path) -> Path:
    """A model for German that has learnt nothing: no real one comes from PyPI."""
    import spacy

    nlp = spacy.blank("de")
    recogniser = nlp.add_pipe("ner")
    for label in ("PER", "LOC"):
        recogniser.add_label(label)  # type: ignore[attr-defined]
    nlp.initialize()
    nlp.meta["name"], nlp.meta["version"] = "toy", "1"
    nlp.to_disk(tmp_path / "toy")
    return tmp_path / "toy"


def test_a_language_without_a_model_is_refused_with_what_to_install() -> None:
    with pytest.raises(ConfigurationError, match=r"no spaCy model for 'fi' .* spacy download fi_core_news_sm"):
        PresidioDetector(languages=("en", "fi"))
    with pytest.raises(ConfigurationError, match="no spaCy model for 'fi'"):
        PresidioDetector(languages=("fi",))


def test_languages_and_models_belong_together() -> None:
    with pytest.raises(ConfigurationError, match="languages: none is named"):
        PresidioDetector(languages=())
    with pytest.raises(ConfigurationError, match="models: 'de' is not one of languages"):
        PresidioDetector(models={"de": "de_core_news_sm"})


def test_a_configured_model_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="neither an installed spaCy model"):
        PresidioDetector(model="en_core_web_huge")


async def test_a_model_that_does_not_load_refuses_every_text(tmp_path: Path) -> None:
    (tmp_path / "config.cfg").write_text("[nonsense]")
    (tmp_path / "meta.json").write_text('{"lang": "en", "name": "broken", "version": "1", "labels": {"ner": ["GPE"]}}')
    detector = PresidioDetector(model=str(tmp_path))

    with pytest.raises(GuardUnavailable, match="cannot be loaded"):
        detector.load()
    with pytest.raises(GuardUnavailable, match="cannot be loaded"):
        await detector.find(["Maria Lopez"])


def test_an_entity_that_nobody_finds_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'PERSONS' is not one of"):
        PresidioDetector(entities=frozenset({"PERSONS"}))
