"""Named entities, and what else Presidio recognises; the only module that knows Presidio.

What surrounds Presidio here is there for a reason each:

- spaCy runs without parser, tagger and lemmatizer, in `tagger`, and in a memory zone, or its vocabulary would grow;
- recognisers are chosen once: naming entities in a call has Presidio load some anew;
- nothing dials out: the public suffix list is the one in its package;
- a pattern that takes too long is a failure, where Presidio goes on as if it had found nothing;
- context words count when they are words: `lic` of licences stands in `public` as well;
- streets, postal codes, ages, and names in fields and signatures are found by own recognisers: Presidio has none.
"""

import logging
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from itertools import chain
from typing import TYPE_CHECKING, ClassVar, cast

from gateway.detectors.entities import NAMED, OWN, RECOGNISED, USUAL
from gateway.detectors.models import Model, advice, find_model
from gateway.detectors.people import again, ages, names
from gateway.detectors.places import places
from gateway.detectors.postal import addresses
from gateway.detectors.selection import Selection
from gateway.detectors.shapes import Shape, shape
from gateway.detectors.views import View, view
from gateway.domain.errors import ConfigurationError, GuardUnavailable
from gateway.domain.findings import Finding

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer
    from presidio_analyzer.nlp_engine import NlpArtifacts
    from spacy.tokens import Span

    from gateway.detectors.tagger import Entity

log = logging.getLogger(__name__)

DETECTOR = "presidio"
_PATTERN_SECONDS = 2
"""How long Presidio may try one pattern on one text; whole seconds."""
_SETTLED = frozenset({"STREET_ADDRESS", "LOCATION"})
"""Findings of own recognisers whose words no model need judge again."""


@dataclass(frozen=True)
class PresidioDetector(Selection):
    """Finds people, places, postal addresses and ages; on request, whatever else Presidio can.

    It computes, so a gateway runs it in processes of their own. Raises `ConfigurationError` for a language without a
    model, but for English alone: then people and places are not found, and `entities` and `version` say so.
    """

    entities: frozenset[str] = USUAL
    """What to look for; of that, once made, what can be found on this machine and in these languages."""
    languages: tuple[str, ...] = ("en",)
    """What the texts are written in; the models of all of them read every text. Own recognisers know English only."""
    model: str = ""
    """Package or folder of the spaCy model for the first language; otherwise the best installed one."""
    models: Mapping[str, str] | None = None
    """The same for other languages: `{de: de_core_news_md}`."""

    name: ClassVar[str] = "presidio-1"
    known: ClassVar[frozenset[str]] = USUAL | frozenset(NAMED) | frozenset(RECOGNISED)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "languages", tuple(dict.fromkeys(self.languages)))
        if not self.languages:
            raise ConfigurationError(f"{self.name}: languages: none is named")
        for language in sorted((self.models or {}).keys() - set(self.languages)):
            raise ConfigurationError(f"{self.name}: models: {language!r} is not one of languages {self.languages}")
        object.__setattr__(self, "entities", self.entities & self._findable())

    def _findable(self) -> frozenset[str]:
        labels = frozenset(chain.from_iterable(model.labels for model in self.found_models.values()))
        named = {entity for entity, called in NAMED.items() if called & labels}
        return frozenset(named | RECOGNISED.keys() | (OWN if "en" in self.languages else frozenset()))

    @cached_property
    def version(self) -> str:
        """Name and configuration, Presidio's version, and the models, or that there is none: `NER off`."""
        models = ", ".join(model.name for model in self.found_models.values()) or "NER off"
        return f"{super().version} (presidio-analyzer {version('presidio-analyzer')}, {models})"

    @cached_property
    def found_models(self) -> Mapping[str, Model]:
        """The spaCy model of each language; none at all where texts are English and no model is installed."""
        configured = {self.languages[0]: self.model, **(self.models or {})}
        found: dict[str, Model] = {}
        for language in self.languages:
            model = find_model(language, configured.get(language, ""))
            if model:
                found[language] = model
            elif self.languages != ("en",):
                raise ConfigurationError(f"{self.name}: {advice(language)}")
        return found

    def load(self) -> None:
        """Load libraries and models now rather than at the first text. Raises `GuardUnavailable`."""
        _ = self._engine

    async def prepare(self) -> None:
        """Do as `load`."""
        self.load()

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each text, in the order of *texts*; raises `GuardUnavailable` when it cannot look."""
        return self._engine.find(texts)

    @cached_property
    def _engine(self) -> "Engine":
        try:
            return Engine(self)
        except Exception as exc:
            log.exception("Presidio or a model for named entities cannot be loaded")
            raise GuardUnavailable("The detector of named entities cannot be loaded.") from exc


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text without disguises, and what own recognisers have found in it."""

    seen: View
    shaped: Shape
    own: list[Finding]

    @property
    def settled(self) -> list[tuple[int, int]]:
        """Where no name need be looked for."""
        return [(finding.start, finding.end) for finding in self.own if finding.entity in _SETTLED]


class Engine:
    """Presidio and the models with what *detector* asks for, loaded once; for one thread."""

    def __init__(self, detector: PresidioDetector) -> None:
        self._detector = detector
        self._is_english = "en" in detector.languages
        _import_quietly()
        first, *others = detector.languages
        self._languages = [_Language(first, detector, sorted(detector.entities & RECOGNISED.keys()))]
        self._languages += [_Language(other, detector, []) for other in others]

    def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """Return the findings of each of *texts*; raises `GuardUnavailable` when one could not be looked through."""
        try:
            readings = [self._reading(text) for text in texts]
            found = [list(reading.own) for reading in readings]
            with _told_of_timeouts():
                for language in self._languages:
                    for findings, more in zip(found, language.find(readings), strict=True):
                        findings += more
            return [self._findings(*each) for each in zip(readings, found, strict=True)]
        except Exception as exc:  # without its traceback, which could show the text
            raise GuardUnavailable(f"The detector of named entities failed ({type(exc).__name__}).") from None

    def _reading(self, text: str) -> _Reading:
        seen = view(text)
        shaped = shape(seen.text if self._is_english else "")
        own = [*names(shaped), *ages(shaped.text), *addresses(shaped), *places(shaped)]
        return _Reading(seen, shaped, self._detector.chosen(seen.text, own))

    def _findings(self, reading: _Reading, found: list[Finding]) -> list[Finding]:
        """Return those of *found* that count, and where names among them stand once more."""
        repeated = again(reading.shaped, [finding for finding in found if finding.entity == "PERSON"])
        return reading.seen.located(self._detector.chosen(reading.seen.text, [*found, *repeated]))


class _Language:
    """Presidio for one language, with its model and the recognisers of *patterns*, entities of `RECOGNISED`."""

    def __init__(self, language: str, detector: PresidioDetector, patterns: Sequence[str]) -> None:
        from presidio_analyzer.nlp_engine import SpacyNlpEngine
        from presidio_analyzer.predefined_recognizers import SpacyRecognizer

        from gateway.detectors.tagger import Tagger

        self._language = language
        self._named = sorted(detector.entities & NAMED.keys())
        labels = {label: entity for entity in self._named for label in NAMED[entity]}
        self._tagger = Tagger(detector.found_models.get(language), language, labels)
        self._nlp_engine = SpacyNlpEngine()
        self._nlp_engine.nlp = {language: self._tagger.nlp}  # type: ignore[assignment]
        self._names = SpacyRecognizer(language, self._named or ["NOTHING"])
        self._analyzer = self._analyzing(patterns) if patterns else None

    def _analyzing(self, patterns: Sequence[str]) -> "AnalyzerEngine":
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer import predefined_recognizers as known
        from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer

        recognisers: list[EntityRecognizer] = [self._names]
        recognisers += [getattr(known, RECOGNISED[entity])(supported_language=self._language) for entity in patterns]
        return AnalyzerEngine(
            RecognizerRegistry(recognisers, supported_languages=[self._language]),
            self._nlp_engine,
            supported_languages=[self._language],
            context_aware_enhancer=LemmaContextAwareEnhancer(context_matching_mode="whole_word"),
        )

    def find(self, readings: Sequence[_Reading]) -> Iterator[list[Finding]]:
        """Yield what is found in the text of each of *readings*."""
        texts = [reading.seen.text for reading in readings]
        entities = self._tagger.entities(texts, [reading.settled for reading in readings])
        for text, named in zip(texts, entities, strict=True):
            yield [*self._recognised(text, named)]

    def _recognised(self, text: str, entities: list["Entity"]) -> Iterator[Finding]:
        """Yield what Presidio finds in *text* that has *entities*."""
        artifacts = self._artifacts(text, entities)
        if self._analyzer:
            results = self._analyzer.analyze(text, self._language, nlp_artifacts=artifacts)
        else:
            results = self._names.analyze(text, self._named, artifacts)
        for result in results:
            yield Finding(result.entity_type, result.start, result.end, round(result.score, 3), DETECTOR)

    def _artifacts(self, text: str, entities: list["Entity"]) -> "NlpArtifacts":
        """Return what Presidio wants to know of *text*: its *entities*; for patterns, the words around them as well."""
        from presidio_analyzer.nlp_engine import NlpArtifacts

        doc = self._tagger.nlp.make_doc(text if self._analyzer else "")
        starts, words = [token.idx for token in doc], [token.lower_ for token in doc]
        spans, scores = cast("list[Span]", entities), [entity.score for entity in entities]
        return NlpArtifacts(spans, doc, starts, words, self._nlp_engine, self._language, scores)


def _import_quietly() -> None:
    """Import Presidio so that it dials nowhere, gives up slow patterns soon and logs no words of a text."""
    os.environ.setdefault("REGEX_TIMEOUT_SECONDS", str(_PATTERN_SECONDS))  # read by several of its modules
    import presidio_analyzer.pattern_recognizer as patterns
    import tldextract.tldextract as suffixes

    # Imported before, by somebody else, Presidio has read another number, or none: it would try for a minute.
    patterns.REGEX_TIMEOUT_SECONDS = min(patterns.REGEX_TIMEOUT_SECONDS, _PATTERN_SECONDS)
    suffixes.TLD_EXTRACTOR = suffixes.TLDExtract(cache_dir=None, suffix_list_urls=())
    logging.getLogger("presidio-analyzer").setLevel(logging.WARNING)  # below that, it logs words of the text


class _Timeouts(logging.Handler):
    """Notices that Presidio has left out a pattern that took too long, which it only tells its log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen = False

    def emit(self, record: logging.LogRecord) -> None:
        """Take note of *record*."""
        self.seen = self.seen or bool(record.exc_info and isinstance(record.exc_info[1], TimeoutError))


@contextmanager
def _told_of_timeouts() -> Iterator[None]:
    """Raise `TimeoutError` when Presidio leaves out a pattern while the block lasts."""
    presidio, timeouts = logging.getLogger("presidio-analyzer"), _Timeouts()
    presidio.addHandler(timeouts)
    try:
        yield
    finally:
        presidio.removeHandler(timeouts)
    if timeouts.seen:
        raise TimeoutError
