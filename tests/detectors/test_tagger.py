import random
import string

import psutil
import pytest

from gateway.detectors.models import find_model
from gateway.detectors.tagger import Entity, Tagger

LABELS = {"PERSON": "PERSON", "GPE": "LOCATION"}
TEXTS = [
    "Barack Obama was born in Hawaii and met Angela Merkel in Berlin, where Helmut Kohl had lived for many years.",
    "Yesterday Laura Schneider flew from Paris to Madrid. Nobody knows whether Martin Keller, of London, came.",
    "The invoice of Robert Johnson is overdue; please call Maria Lopez in Chicago.",
]


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger(find_model("en"), "en", LABELS)


def test_people_and_places_are_found_where_they_stand(tagger: Tagger) -> None:
    [found] = tagger.entities([TEXTS[2]])

    assert [(entity.label_, TEXTS[2][entity.start_char : entity.end_char]) for entity in found] == [
        ("PERSON", "Robert Johnson"),
        ("PERSON", "Maria Lopez"),
        ("LOCATION", "Chicago"),
    ]


def test_all_together_are_decided_as_spacy_decides_each_alone(tagger: Tagger) -> None:
    """Neither the own loop nor the own multiplication changes what the model finds."""
    spacys = Tagger(find_model("en"), "en", LABELS).nlp
    for node in spacys.get_pipe("ner").model.walk():  # type: ignore[attr-defined]
        node.ops = type(node.ops).__base__()
    words = [text.split() for text in TEXTS]
    texts = [*TEXTS, *(" ".join(each[start : start + 9]) for each in words for start in range(0, len(each), 3))]

    read = tagger._read(texts)

    assert [[(e.text, e.label_) for e in doc.ents] for doc in read] == [
        [(e.text, e.label_) for e in spacys(text).ents] for text in texts
    ]


def test_texts_have_their_own_findings_whatever_they_are_asked_with(tagger: Tagger) -> None:
    together = tagger.entities([*TEXTS, "", "nothing here"])

    assert together == [*(tagger.entities([text])[0] for text in TEXTS), [], []]


def test_a_town_in_capitals_is_a_town_and_an_acronym_none(tagger: Tagger) -> None:
    text = "I live in CHICAGO and read JSON."
    [found] = tagger.entities([text])

    assert found == [Entity("LOCATION", 10, 17)]


def test_a_single_word_that_is_no_first_name_is_less_sure(tagger: Tagger) -> None:
    [found] = tagger.entities(["Yesterday Obama met Angela Merkel and Robert in Berlin."])

    assert [(entity.label_, entity.score) for entity in found] == [
        ("PERSON", 0.6), ("PERSON", 0.85), ("PERSON", 0.85), ("LOCATION", 0.85),
    ]  # fmt: skip


def test_without_a_model_nothing_is_found() -> None:
    assert Tagger(None, "en", LABELS).entities(TEXTS) == [[], [], []]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_hundred_thousand_unseen_words_leave_nothing_behind() -> None:
    """spaCy's store of strings, and the memory of the process, stay as large as they were."""
    tagger = Tagger(find_model("en"), "en", LABELS)
    lots = random.Random(5)
    process = psutil.Process()

    def read(words: int) -> int:
        most = 0
        for _ in range(words // 500):
            unseen = ["".join(lots.choices(string.ascii_lowercase, k=9)) for _ in range(500)]
            tagger.entities([" ".join(f"{word.title() if at % 9 == 0 else word}" for at, word in enumerate(unseen))])
            most = max(most, len(tagger.nlp.vocab.strings))
        return most

    at_first, memory = read(40_000), process.memory_info().rss
    later = read(100_000)

    assert later < at_first + 5_000
    assert process.memory_info().rss < memory + 25_000_000
