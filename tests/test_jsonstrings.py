import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.findings import Finding, distinct
from gateway.jsonstrings import Quoting, escaped, is_one_piece, substituted, unescaped

texts = st.text(st.one_of(st.sampled_from('"\\/{}[]:, \n1n'), st.characters(codec="utf-8")))


def quoting(text: str, *, is_json: bool = True) -> int:
    """Return how many strings the end of *text* is inside of."""
    follows = Quoting(is_json=is_json)
    follows.feed(text)
    return follows.depth


def found(text: str, *values: str) -> list[Finding]:
    return distinct(
        Finding("PERSON", text.index(value), text.index(value) + len(value), 1.0, "test") for value in values
    )


@given(texts, st.integers(0, 3))
def test_what_is_escaped_is_unescaped_again(value, depth):
    assert unescaped(escaped(value, depth), depth) == value


@given(texts)
def test_an_escaped_value_stands_in_json_as_it_was(value):
    once, twice = escaped(value, 1), escaped(value, 2)

    assert json.loads(f'"{once}"') == value
    assert json.loads(json.loads(f'"{twice}"').join('""')) == value


def test_what_is_no_json_is_left_as_it_is():
    assert unescaped("a\\q", 1) == "a\\q"
    assert unescaped("\\ud800", 1) == "\\ud800"


@given(st.lists(texts, min_size=1, max_size=3), st.integers(0, 3))
@settings(max_examples=300)
def test_levels_are_told_apart_in_json_that_holds_json(before, levels):
    text = json.dumps({"before": before, "value": "HERE"})
    for _ in range(levels):
        text = json.dumps({"before": before, "inner": text})

    assert quoting(text[: text.index("HERE")]) == levels + 1
    assert quoting(text) == 0


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ('{"a": "', 1),
        ('{"a": "x\\\\"', 0),
        ('{"a": "say \\"', 1),
        ('{"a": "[note] say \\"', 1),
        ('{"a": "[1, true, \\"', 2),
        ('{"a": "{\\n  \\"b\\": \\"', 2),
        ('{"a": "{\\"b\\": \\"{\\\\\\"c\\\\\\": \\\\\\"', 3),
        ('{"a": "{\\"b\\": \\"cut off", "', 1),
    ],
)
def test_a_quotation_mark_opens_a_level_only_where_json_begins(text, depth):
    assert quoting(text) == depth


@pytest.mark.parametrize(
    ("text", "depth"),
    [('He said "', 0), ('{"a": "', 1), ("```json\n{\"a\": \"", 1), ('Look:\n```json\n["', 1),
     ('Look:\n```json\n["a"]\n```\nand "', 0), ('```python\nx = {"a": "', 0), ('[see](x) "', 0)],
)  # fmt: skip
def test_prose_has_no_strings_until_a_fence_says_json(text, depth):
    assert quoting(text, is_json=False) == depth


def test_values_are_told_as_json_means_them():
    values: list[str] = []
    text = '{"name": "M\\u00fcller \\"Jo\\"", "note": "{\\"to\\": \\"O\\\\\\"Neil\\"}"}'

    hidden = substituted(
        text,
        found(text, "M\\u00fcller \\", 'O\\\\\\"Neil'),
        lambda _, value: values.append(value) or "<X>",
        is_json=True,
    )

    assert values == ["Müller ", "O", "Neil"]
    assert hidden == '{"name": "<X>\\"Jo\\"", "note": "{\\"to\\": \\"<X>\\\\\\"<X>\\"}"}'


def test_a_number_in_arguments_gets_quotes():
    text = '{"ssn": 123456789, "next": 1}'

    hidden = substituted(text, found(text, "3456"), lambda _, value: f"<{value}>", is_json=True)

    assert hidden == '{"ssn": "<123456789>", "next": 1}'


def test_a_finding_over_two_strings_leaves_the_marks_between_them():
    text = '{"first": "Ada", "last": "Lovelace"}'

    hidden = substituted(text, found(text, 'Ada", "last": "Lovelace'), lambda _, value: f"<{len(value)}>", is_json=True)

    assert hidden == '{"first": "<3>", "<4>": "<8>"}'


def test_prose_is_rewritten_at_its_findings_only():
    text = 'C:\\Users\\Ada said "hello, Bob" to Eve'

    hidden = substituted(text, found(text, "Ada", "Eve", "Bob"), lambda _, value: value.upper())

    assert hidden == 'C:\\Users\\ADA said "hello, BOB" to EVE'


@given(st.recursive(st.none() | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner)), st.booleans(),
       st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 9)), max_size=6))  # fmt: skip
@settings(max_examples=300)
def test_arguments_stay_json_whatever_is_found_in_them(value, ascii, spans):
    text = json.dumps({"value": value}, ensure_ascii=ascii)
    findings = distinct(
        Finding("PERSON", start % len(text), min(len(text), start % len(text) + length), 1.0, "test")
        for start, length in spans
    )

    hidden = substituted(text, findings, lambda finding, _: f"<{finding.entity}>", is_json=True)

    json.loads(hidden)


@pytest.mark.parametrize(
    ("text", "part", "is_json", "expected"),
    [
        ('{"a": "one two"}', "two", True, True),
        ('{"a": "say \\"yes\\" now"}', 'say \\"yes\\" now', True, True),
        ('{"a": "one", "b": "two"}', 'one", "b": "two', True, False),
        ('{"a": "one", "b": "two"}', 'one", "b": "two', False, False),
        ('{"a": 12}', "12", True, False),
        ('He said "yes" and left', 'said "yes" and', False, True),
        ('He said "yes', '"yes', False, True),
    ],
)
def test_a_part_is_one_piece_if_it_opens_and_closes_no_string_of_json(text, part, is_json, expected):
    start = text.index(part)

    assert is_one_piece(text, start, start + len(part), is_json=is_json) is expected
