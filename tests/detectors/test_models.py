import json
import sys
from pathlib import Path

import pytest

from gateway.detectors.models import find_model
from gateway.domain.errors import ConfigurationError


def put(folder: Path, name: str, language: str = "en", version: str = "3.8.0") -> Path:
    """Put what looks like a model into *folder*."""
    folder.mkdir(parents=True)
    (folder / "config.cfg").touch()
    (folder / "meta.json").write_text(json.dumps({"lang": language, "name": name, "version": version}))
    return folder


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of packages, and no other."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.setattr(sys, "meta_path", [finder for finder in sys.meta_path if "editable" not in repr(finder)])
    return tmp_path


def package(packages: Path, name: str, language: str = "en") -> Path:
    folder = put(packages / name / f"{name}-3.8.0", name.removeprefix(f"{language}_"), language)
    (packages / name / "__init__.py").touch()
    return folder


def test_the_installed_model_is_found_without_importing_spacy() -> None:
    model = find_model("en")

    assert model is not None
    assert model.name.startswith("en_core_web_")
    assert (model.path / "config.cfg").is_file()


def test_without_any_there_is_none(packages: Path) -> None:
    assert find_model("en") is None
    assert find_model("de") is None


def test_the_best_one_is_taken(packages: Path) -> None:
    small = package(packages, "en_core_web_sm")
    first = find_model("en")
    large = package(packages, "en_core_web_lg")

    second = find_model("en")

    assert first is not None
    assert (first.name, first.path) == ("en_core_web_sm-3.8.0", small)
    assert second is not None
    assert second.path == large


def test_a_package_with_nothing_in_it_is_no_model(packages: Path) -> None:
    """Such are those that squat on the names of models."""
    (packages / "en_core_web_lg").mkdir()
    (packages / "en_core_web_lg" / "__init__.py").touch()
    small = package(packages, "en_core_web_sm")

    model = find_model("en")

    assert model is not None
    assert model.path == small


def test_other_languages_have_other_packages(packages: Path) -> None:
    folder = package(packages, "de_core_news_md", "de")

    model = find_model("de")

    assert model is not None
    assert (model.name, model.path) == ("de_core_news_md-3.8.0", folder)


def test_a_folder_or_package_can_be_configured(packages: Path) -> None:
    folder = put(packages / "elsewhere", "mine")
    named = package(packages, "en_core_web_md")

    assert find_model("en", str(folder)).path == folder  # type: ignore[union-attr]
    assert find_model("en", "en_core_web_md").path == named  # type: ignore[union-attr]


@pytest.mark.parametrize("configured", ["en_core_web_xl", "no/such/folder", "."])
def test_a_configured_model_that_is_not_there_is_refused(packages: Path, configured: str) -> None:
    with pytest.raises(ConfigurationError, match="neither an installed spaCy model nor a folder with one"):
        find_model("en", configured)


def test_a_model_of_another_language_is_refused(packages: Path) -> None:
    package(packages, "de_core_news_sm", "de")

    with pytest.raises(ConfigurationError, match="is for 'de', not for 'en'"):
        find_model("en", "de_core_news_sm")


def test_a_broken_description_is_no_model(packages: Path) -> None:
    folder = package(packages, "en_core_web_sm")
    (folder / "meta.json").write_text("{")

    assert find_model("en") is None
