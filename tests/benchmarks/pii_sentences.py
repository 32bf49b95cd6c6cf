"""What the guard is measured with: sentences with invented people in them, and writing with next to nobody in it."""

import contextlib
import io
import random
import warnings
from dataclasses import dataclass
from importlib.metadata import distributions

from tests.benchmarks.pii_scoring import Span


@dataclass(frozen=True)
class Sample:
    """A text and the personal data in it."""

    text: str
    spans: tuple[Span, ...]


def sentences(seed: int, count: int) -> list[Sample]:
    """Return *count* sentences by the generator of `presidio-evaluator`, the same for the same *seed*."""
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _sentences(seed, count)


def _sentences(seed: int, count: int) -> list[Sample]:
    import numpy
    from presidio_evaluator.data_generator import (
        PresidioSentenceFaker,
        presidio_additional_entity_providers,
    )
    from presidio_evaluator.data_generator.faker_extensions import HospitalProvider

    class Hospitals(HospitalProvider):
        """Those that the package knows; it would ask Wikidata for more."""

        def load_hospitals(self, hospital_file: str) -> list[str]:
            hospitals: list[str] = self.default_list
            return hospitals

    providers = [Hospitals if each is HospitalProvider else each for each in presidio_additional_entity_providers]
    random.seed(seed)
    numpy.random.seed(seed)
    faker = PresidioSentenceFaker("en_US", lower_case_ratio=0.05, entity_providers=providers, random_seed=seed)
    made = faker.generate_new_fake_sentences(count)
    return [
        Sample(one.full_text, tuple((s.entity_type, s.start_position, s.end_position) for s in one.spans))
        for one in made
    ]


def texts(samples: list[Sample], length: int) -> list[str]:
    """Return texts of *length* characters, made of the sentences of *samples*."""
    return cut(" ".join(sample.text for sample in samples), length)


def readmes(seed: int, count: int, length: int) -> list[str]:
    """Return the first *length* characters of *count* descriptions of packages that are installed here."""
    written = [str(one.metadata.get_payload()) for one in distributions()]
    long = sorted({text[:length] for text in written if len(text) >= length})
    return random.Random(seed).sample(long, min(count, len(long)))


def cut(whole: str, length: int) -> list[str]:
    """Return the pieces of *length* characters of *whole*."""
    return [whole[start : start + length] for start in range(0, len(whole) - length, length)]
