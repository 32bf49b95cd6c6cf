import importlib
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from gateway import interfaces, registry
from gateway.domain.errors import ConfigurationError
from gateway.fields import Fields
from gateway.yamlfile import parse

STRANGER = """
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field


class Embedder(Protocol):
    def embed(self) -> None: ...


@dataclass(frozen=True)
class Detector:
    languages: tuple[str, ...]
    path: Path = Path("x")
    patience: float = 1.0
    lifetime: timedelta | None = None
    limit: Annotated[int, Field(ge=1)] = 5
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        if "xx" in self.languages:
            raise ValueError("the language 'xx' is not known")


@dataclass(frozen=True)
class Retriever:
    embedder: Embedder
    top_k: int = 5


class Plain:
    def __init__(self, size: int, *more: int, name: str = "plain", **rest: int) -> None:
        self.size, self.name = size, name


def provider(name: str) -> str:
    return f"made {name}"
"""
POINTS = """
[gateway.detectors]
strange = stranger:Detector
plain = stranger:Plain
missing = stranger:Nothing
broken = nowhere_installed:Detector
twice = stranger:Detector
[gateway.retrievers]
strange = stranger:Retriever
[gateway.providers]
made = stranger:provider
"""


def install(folder: Path, name: str, points: str) -> None:
    information = folder / f"{name}-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(points)


@pytest.fixture(autouse=True)
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two installed plug-ins; both register a detector `twice`."""
    (tmp_path / "stranger.py").write_text(STRANGER)
    install(tmp_path, "stranger", POINTS)
    install(tmp_path, "impostor", "[gateway.detectors]\ntwice = impostor:Detector\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry._installed.cache_clear()
    yield
    registry._installed.cache_clear()
    sys.modules.pop("stranger", None)
    importlib.invalidate_caches()


def fields(text: str) -> Fields:
    file, problems = parse(f"kind: strange\n{text}", "f", {})
    assert not problems
    return Fields({name: value for name, value in file.root.items() if name != "kind"}, file)


def refused(kind: str, text: str = "") -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        registry.configure("detectors", kind, fields(text))
    return str(caught.value).splitlines()


def test_a_plug_in_is_built_from_its_fields() -> None:
    text = "languages: [en, fr]\npath: a/b\npatience: 1.5m\nlifetime: 2d\nlimit: '7'\nheaders: {a: b}"

    detector = registry.configure("detectors", "strange", fields(text))

    assert vars(detector) == {
        "languages": ("en", "fr"),
        "path": Path("a/b"),
        "patience": 90.0,
        "lifetime": timedelta(days=2),
        "limit": 7,
        "headers": {"a": "b"},
    }


@pytest.mark.parametrize(("written", "seconds"), [("2", 2.0), ("0.5", 0.5), ("250ms", 0.25), ("'3'", 3.0)])
def test_a_number_of_seconds_may_be_written_as_a_duration(written: str, seconds: float) -> None:
    detector = registry.configure("detectors", "strange", fields(f"languages: []\npatience: {written}"))

    assert vars(detector)["patience"] == seconds


def test_any_class_or_function_can_be_registered() -> None:
    plain = registry.configure("detectors", "plain", fields("size: 3"))

    assert vars(plain) == {"size": 3, "name": "plain"}
    assert registry.configure("providers", "made", fields(""), name="it") == "made it"


def test_everything_that_is_wrong_is_told_with_its_line() -> None:
    assert refused("strange", "langages: [en]\nlimit: 0\npatience: long\nheaders:\n  a: [1]") == [
        "f:2: langages: is not known here; did you mean 'languages'?",
        "f:3: limit: must be 1 or more",
        "f:4: patience: must be a duration such as 30s, 5m, 12h or 183d",
        "f:6: headers.a: must be text; put it in quotes",
        "f:1: 'languages' is required",
    ]


def test_what_a_class_says_itself_gets_a_line_too() -> None:
    assert refused("strange", "languages: [xx]") == ["f:1: the language 'xx' is not known"]


def test_a_value_is_never_told() -> None:
    assert "s3cret" not in " ".join(refused("strange", "languages: s3cret\npatience: s3cret\nlimit: s3cret"))


def test_an_unknown_kind_lists_those_that_there_are() -> None:
    [near] = refused("strnge")
    [far] = refused("quantum")

    assert near == "f:1: kind: there is no kind 'strnge' of detectors; did you mean 'strange'?"
    assert far.startswith("f:1: kind: there is no kind 'quantum' of detectors; known are broken, http, missing, p")


def test_a_kind_that_cannot_be_imported_says_why() -> None:
    [absent] = refused("missing")
    [broken] = refused("broken")

    assert "cannot be loaded" in absent
    assert "No module named 'nowhere_installed'" in broken


def test_nobody_takes_a_kind_that_is_taken() -> None:
    assert refused("twice") == [
        "f:1: kind: the kind 'twice' of detectors is registered by more than one: impostor, stranger"
    ]


def test_a_collaborator_is_given_to_whom_asks_for_it() -> None:
    embedder = object()

    retriever = registry.configure("retrievers", "strange", fields("top_k: 3"), embedder=embedder, policies=object())

    assert vars(retriever) == {"embedder": embedder, "top_k": 3}


def test_a_collaborator_is_not_configured() -> None:
    with pytest.raises(ConfigurationError, match=r"f:2: embedder: is not known here; known are top_k"):
        registry.configure("retrievers", "strange", fields("embedder: mine"), embedder=object())
    with pytest.raises(ConfigurationError, match=r"f:2: embedder: cannot be given in a file"):
        registry.configure("retrievers", "strange", fields("embedder: mine"))


def test_only_what_is_asked_for_is_imported() -> None:
    registry.kinds("detectors")

    assert "stranger" not in sys.modules
    assert "strange" in registry.kinds("retrievers")


@pytest.mark.parametrize("seam", registry.SEAMS)
def test_every_kind_that_comes_with_the_house_can_be_found(seam: str) -> None:
    own = [point for point in entry_points().select(group=f"gateway.{seam}") if point.value.startswith("gateway.")]

    found = [registry.find(seam, point.name) for point in own]

    assert all(callable(build) for build in found)


def test_every_seam_of_the_interfaces_has_its_group() -> None:
    names = {f"{name.lower()}s" for name, value in vars(interfaces).items() if getattr(value, "_is_protocol", False)}

    assert names - {"protocols", "ledgers", "quarantiness"} <= set(registry.SEAMS)
