import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.toolresults import results_in, spans
from gateway.domain.json import strings

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_every_string_of_json_is_found_between_its_quotes(value: object, indent: int | None, ascii: bool):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii)

    found = spans(text)

    assert {path: json.loads(f'"{text[start:end]}"') for path, (start, end) in found.items()} == dict(strings(value))


@given(
    st.lists(st.text(min_size=1), min_size=1, max_size=4), st.sampled_from(["list", "results", "one"]), st.booleans()
)
def test_results_are_documents_where_their_texts_stand(texts: list[str], form: str, ascii: bool):
    results = [{"id": number, "text": text, "title": "T"} for number, text in enumerate(texts)]
    value = {"list": results, "results": {"results": results, "more": "x"}, "one": results[0]}[form]
    output = json.dumps(value, ensure_ascii=ascii)

    found = list(results_in(output, ("input", 0, "output"), "find"))

    assert [one.text for one in found] == (texts[:1] if form == "one" else texts)
    for one in found:
        ((start, end),) = one.spans
        assert json.loads(f'"{output[start:end]}"') == one.text
        assert (one.path, str(one.source), one.title) == (("input", 0, "output"), "lineward/tool:find", "T")


@pytest.mark.parametrize(
    "output",
    ["", "text", '{"text": "x"', '{"text": "x"}', '[{"text": 3, "id": 1}]', '{"results": [{"text": "", "id": 1}]}',
     '{"results": 3, "text": "x", "id": 1}', '"text"', "[" * 100_000 + '"text"', '[{"text": "x", "id": true}]'],
)  # fmt: skip
def test_what_is_no_result_is_none(output: str):
    assert list(results_in(output, (), "find")) == []


def test_a_result_is_known_by_the_first_of_its_names():
    output = json.dumps([{"text": "a", "url": "u", "title": "t"}, {"text": "b", "title": "t"}])

    assert [one.document for one in results_in(output, (), "find")] == ["u", "t"]
