"""The guards of one gateway: one for everything it is given, and each application's by the languages of its texts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gateway.allowing import AllowingDetector, Policies
from gateway.detectors.cached import CachedDetector
from gateway.detectors.languages import speaking
from gateway.domain.errors import ConfigurationError
from gateway.domain.json import Object
from gateway.interfaces import Detector
from gateway.policy.engine import PolicySet
from gateway.policy.needs import NAMED, Unfound, undone, unfound, unmet


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a gateway can find now, as it tells it."""

    detectors: Sequence[str]
    """Versions of the detectors, with the models that they have loaded."""
    entities: Sequence[str]
    """What they can find."""
    languages: Mapping[str, bool]
    """Whether names are found in texts of each language that an application uses (NER)."""
    unfound: Mapping[str, Sequence[str]]
    """Rules that name what nothing can find, and what that is."""

    @property
    def ner(self) -> bool:
        """Whether names are found in the texts of all applications."""
        return bool(self.languages) and all(self.languages.values())

    @property
    def told(self) -> Object:
        """All of it, for machines."""
        return {
            "detectors": [*self.detectors],
            "entities": [*self.entities],
            "ner": _switch(self.ner),
            "languages": {language: f"NER {_switch(found)}" for language, found in self.languages.items()},
            "unfound": {rule: [*entities] for rule, entities in self.unfound.items()},
        }


@dataclass(frozen=True, slots=True)
class Guards:
    """Detection as it is configured. Applications with the same detectors share one memory of what was found."""

    everything: AllowingDetector
    """With all detectors: for documents that enter a collection, and for files."""
    applications: Mapping[str, AllowingDetector]
    """With the detectors for an application's languages, by its name."""
    languages: Mapping[str, Collection[str]]
    """The languages of each application's texts."""

    @classmethod
    def of(
        cls, detectors: Sequence[Detector], languages: Mapping[str, Collection[str]], policies: Policies
    ) -> "Guards":
        """Return the guards made of *detectors* for applications with texts in these *languages*.

        Raises `ConfigurationError` when nothing would be looked for.
        """
        made = {tuple(map(id, detectors)): AllowingDetector(CachedDetector(detectors), policies)}
        everything = next(iter(made.values()))
        applications: dict[str, AllowingDetector] = {}
        for application, spoken in languages.items():
            chosen = speaking(detectors, spoken)
            if not chosen:
                raise ConfigurationError(
                    f"applications: {application!r}: no detector understands {', '.join(spoken)}, so nothing would be "
                    "looked for in its texts"
                )
            key = tuple(map(id, chosen))
            if key not in made:
                made[key] = AllowingDetector(CachedDetector(chosen), policies)
            applications[application] = made[key]
        return cls(everything, applications, languages)

    def refuse_unmet(self, policies: PolicySet, *, hashes: bool, destinations: Collection[str]) -> None:
        """Raise `ConfigurationError` when *policies* have `problems` here."""
        problems = self.problems(policies, hashes=hashes, destinations=destinations)
        if problems:
            raise ConfigurationError("\n".join(problems))

    def problems(self, policies: PolicySet, *, hashes: bool, destinations: Collection[str]) -> list[str]:
        """Return a sentence, with file and line, for each enforced rule of *policies* that cannot do what it says.

        That is one that names what cannot be found, in general or in an application's texts, that hashes without a
        key (*hashes* tells whether there is one), or that routes to none of the *destinations*.
        """
        problems = unmet(policies, self.everything.entities, _versions(self.everything))
        problems = problems or [
            problem
            for application, guard in self.applications.items()
            if guard is not self.everything
            for problem in unmet(policies, guard.entities, _versions(guard), application)
        ]
        return problems + undone(policies, hashes=hashes, destinations=destinations)

    def unprotected(self, policies: PolicySet) -> list[Unfound]:
        """Return the rules of *policies*, in shadow or enforced, that name what no detector can find now."""
        return unfound(policies, self.everything.entities)

    def loaded(self, policies: PolicySet) -> Loaded:
        """Return what is really loaded, and which rules of *policies* it leaves without effect."""
        spoken = sorted({language for languages in self.languages.values() for language in languages})
        return Loaded(
            _versions(self.everything),
            sorted(self.everything.entities),
            {language: self._finds_names(language) for language in spoken},
            {one.rule.id: one.entities for one in self.unprotected(policies)},
        )

    def _finds_names(self, language: str) -> bool:
        detectors = speaking(self.everything.detectors, (language,))
        return any(not NAMED.isdisjoint(detector.entities) for detector in detectors)


def _switch(on: bool) -> str:
    return "on" if on else "off"


def _versions(guard: AllowingDetector) -> list[str]:
    return [detector.version for detector in guard.detectors]
