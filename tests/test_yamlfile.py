from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import ConfigurationError
from gateway.domain.json import JSON
from gateway.yamlfile import Problem, YAMLFile, parse


def read(text: str, **environ: str) -> YAMLFile:
    file, problems = parse(text, "gateway.yaml", environ)
    assert not problems
    return file


def sentences(text: str, **environ: str) -> list[str]:
    file, problems = parse(text, "gateway.yaml", environ)
    return [file.told(problem) for problem in problems]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("true", True),
        ("FALSE", False),
        ("12", 12),
        ("-3", -3),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("12:30:45", "12:30:45"),
        ("2026-11-22", "2026-11-22"),
        ("183d", "183d"),
        ("~", None),
        ("", None),
        ('"12"', "12"),
        ("[a, 1, {b: c}]", ["a", 1, {"b": "c"}]),
    ],
)
def test_scalars_mean_what_the_core_schema_says(written: str, meant: JSON) -> None:
    assert read(f"field: {written}").root == {"field": meant}


def test_a_key_is_always_a_name() -> None:
    assert read("8080: a\nno: b").root == {"8080": "a", "no": "b"}


def test_each_value_knows_its_line() -> None:
    file = read("a:\n  b: 1\n  c:\n    - x\n    - d: 2\n")

    assert {path: file.where(path) for path in [("a",), ("a", "b"), ("a", "c", 1, "d"), ("a", "nowhere")]} == {
        ("a",): "gateway.yaml:1",
        ("a", "b"): "gateway.yaml:2",
        ("a", "c", 1, "d"): "gateway.yaml:5",
        ("a", "nowhere"): "gateway.yaml:1",
    }


def test_a_variable_is_filled_in_wherever_it_stands_in_a_string() -> None:
    file = read("url: postgresql://u:${PW}@${HOST:-localhost}/db", PW="s:e${c}ret")

    assert file.root["url"] == "postgresql://u:s:e${c}ret@localhost/db"
    assert file.expanded == {("url",)}


@pytest.mark.parametrize(("written", "meant"), [("${A:-x}", "x"), ("${A:-}", ""), ("$${A}", "${A}"), ("$A", "$A")])
def test_defaults_and_escapes(written: str, meant: str) -> None:
    assert read(f"field: '{written}'", A="").root == {"field": meant}


def test_a_missing_variable_is_named_with_line_and_field() -> None:
    assert sentences("a: 1\nproviders:\n- api_key: ${NOWHERE}") == [
        "gateway.yaml:3: providers[0].api_key: the environment variable NOWHERE is not set"
    ]


def test_a_broken_reference_is_told() -> None:
    [sentence] = sentences("a: ${not a name}")

    assert sentence.startswith("gateway.yaml:1: a: a reference is written ${NAME}")


def test_a_comment_may_hold_any_reference() -> None:
    assert read("# ${NOWHERE}\na: 1").root == {"a": 1}


def test_a_file_is_filled_in_without_its_last_line_break(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("k1\n")

    assert read(f"key: ${{file:{secret}}}").root == {"key": "k1"}


def test_an_unreadable_file_is_told_without_its_contents(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff")

    assert sentences(f"a: ${{file:{tmp_path}/none}}\nb: ${{file:{binary}}}") == [
        f"gateway.yaml:1: a: the file '{tmp_path}/none' cannot be read: No such file or directory",
        f"gateway.yaml:2: b: the file '{binary}' cannot be read: it is not UTF-8 text",
    ]


def test_what_is_given_twice_is_told() -> None:
    assert sentences("a: {x: 1}\nb: 2\na: 3") == ["gateway.yaml:1: a: is given twice, here and on line 3"]


def test_an_anchor_may_be_used_but_not_in_itself() -> None:
    assert read("a: &x {b: 1}\nc: *x").root["c"] == {"b": 1}
    assert sentences("a: &x [*x]") == ["gateway.yaml:1: a[0]: contains itself"]


def test_an_unknown_tag_is_told() -> None:
    [sentence] = sentences("a: !!binary aGk=")

    assert "tag" in sentence


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1", "gateway.yaml:1: "),
        ("a: 1\n\tb: 2", "gateway.yaml:2: found character '\\t' that cannot start any token"),
        ("- 1", "gateway.yaml:1: the file must hold a mapping"),
        ("a: *nothing", "gateway.yaml:1: found undefined alias 'nothing'"),
        ("a: 1\n---\nb: 2", "gateway.yaml:2: but found another document"),
        ("a: \x00", "gateway.yaml:1: the file has characters that YAML does not allow"),
    ],
)
def test_what_is_no_mapping_is_refused_with_its_line(text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "gateway.yaml", {})

    assert str(caught.value).startswith(told)


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert read("# nothing yet\n").root == {}


def test_problems_are_told_in_the_order_of_the_file_each_once() -> None:
    file = read("a: 1\nb: 2\nc: 3")
    late, early = Problem(("c",), "is late"), Problem(("a",), "is early")

    assert str(file.error([late, early, late])) == "gateway.yaml:1: a: is early\ngateway.yaml:3: c: is late"


def test_a_value_from_the_environment_is_told_by_its_variable() -> None:
    file = read("server: {port: 1}").with_value(("server", "port"), "2", "LINEWARD_SERVER__PORT")

    assert file.root == {"server": {"port": "2"}}
    assert file.told(Problem(("server", "port"), "is odd")) == (
        "environment variable LINEWARD_SERVER__PORT: server.port: is odd"
    )


def test_its_representation_holds_no_values() -> None:
    assert "s3cret" not in repr(read("api_key: ${KEY}", KEY="s3cret"))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], exclude_characters="\ufeff\ufffe\uffff")))
def test_text_without_references_arrives_as_it_was_and_escaped_references_as_they_were_meant(text: str) -> None:
    quoted = text.replace("${", "$${").replace("'", "''")

    assert read(f"field: '{quoted}'").root == {"field": text}
