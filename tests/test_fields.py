import pytest

from gateway.domain.errors import ConfigurationError
from gateway.domain.json import Object
from gateway.fields import Fields, nearest, separated
from gateway.yamlfile import Problem, YAMLFile, parse


def read(text: str) -> YAMLFile:
    file, _ = parse(text, "gateway.yaml", {})
    return file


def tree(text: str) -> dict[str, object]:
    separate, problems = separated(read(text))
    assert not problems
    return separate


def values(fields: object) -> Object:
    assert isinstance(fields, Fields)
    return dict(fields)


def test_an_adapter_is_its_kind_and_its_fields() -> None:
    [detector] = tree("detectors: [{kind: presidio, languages: [en]}]")["detectors"]  # type: ignore[misc]

    assert detector["kind"] == "presidio"
    assert values(detector["fields"]) == {"languages": ["en"]}


def test_a_provider_has_a_name_as_well() -> None:
    [provider] = tree("providers: [{name: here, kind: demo}]")["providers"]  # type: ignore[misc]

    assert (provider["name"], provider["kind"]) == ("here", "demo")
    assert values(provider["fields"]) == {}


def test_a_mapping_among_the_fields_can_be_taken_apart() -> None:
    [detector] = tree("detectors:\n- kind: presidio\n  language: en\n  pool:\n    processes: 2")["detectors"]  # type: ignore[misc]
    others, pool = detector["fields"].apart("pool")

    assert (values(others), values(pool)) == ({"language": "en"}, {"processes": 2})
    assert others.apart("pool")[1] is None
    assert pool.told("is wrong", "processes") == "gateway.yaml:5: detectors[0].pool.processes: is wrong"
    with pytest.raises(ConfigurationError, match=r"gateway\.yaml:3: detectors\[0\]\.language: must be a mapping"):
        others.apart("language")


def test_a_collection_is_its_name_and_its_store() -> None:
    [collection] = tree("collections: [{name: kb, chroma: {path: data}}]")["collections"]  # type: ignore[misc]

    assert (collection["name"], collection["kind"]) == ("kb", "chroma")
    assert values(collection["fields"]) == {"path": "data"}


def test_a_collection_has_exactly_one_store() -> None:
    _, problems = separated(read("collections:\n- {name: a}\n- {name: b, x: {}, y: {}}\n- {name: c, x: 1}\n- text"))

    assert [problem.path for problem in problems] == [("collections", 0), ("collections", 1), ("collections", 2)]


def test_an_empty_section_is_not_there() -> None:
    assert tree("collections:\nembedder:\ndetectors:") == {}


def test_what_is_no_adapter_is_left_to_the_validation() -> None:
    assert tree("detectors: [1]\nretrievers: {}\nembedder: [x]") == {
        "detectors": [1],
        "retrievers": {},
        "embedder": ["x"],
    }


def test_fields_tell_where_they_stand() -> None:
    [_, second] = tree("providers:\n- {kind: demo}\n- kind: openai\n  base_url: x\n")["providers"]  # type: ignore[misc]

    assert second["fields"].told("is odd", "base_url") == "gateway.yaml:4: providers[1].base_url: is odd"
    assert second["fields"].told("is odd") == "gateway.yaml:3: providers[1]: is odd"


def test_fields_never_show_their_values() -> None:
    assert repr(Fields({"api_key": "s3cret", "n": 1})) == "Fields(api_key, n)"


def test_fields_without_a_file_can_be_told_of_as_well() -> None:
    assert Fields({"a": 1}).told("is odd", "a") == "configuration: a: is odd"


def test_a_near_miss_is_suggested_and_else_what_there_is() -> None:
    assert nearest("prt", ["port", "host"]) == "; did you mean 'port'?"
    assert nearest("colour", ["port", "host"]) == "; known are host, port"
    assert nearest("colour", []) == "; known are none"


def test_problems_of_fields_are_the_files() -> None:
    file = read("embedder: {kind: onnx, path: x}")

    assert file.told(Problem(("embedder", "path"), "is odd")) == "gateway.yaml:1: embedder.path: is odd"
