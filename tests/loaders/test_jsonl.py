import io
import json

import pytest

from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import Facts
from gateway.loaders.jsonl import JSONLLoader

SOURCE = Source("file", "/kb")


def read(*lines: str | bytes, loader=JSONLLoader()):  # noqa: B008 - frozen
    blob = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    return list(loader.read(io.BytesIO(blob), SOURCE, "a.jsonl"))


def test_each_line_is_a_document_with_all_that_it_says():
    item = {
        "id": "a",
        "text": "t",
        "title": "T",
        "url": "u",
        "source": "s3://b/k",
        "version": "3",
        "labels": {"x": "y"},
    }

    full, bare = read(json.dumps(item), "", '{"text": "only"}')

    assert (full.id, full.source, full.version, full.labels) == ("a", Source("s3://b", "k"), "3", Facts(x="y"))
    assert (bare.id, bare.source, bare.text) == ("a.jsonl#3", SOURCE, "only")


def test_a_line_that_cannot_be_read_is_reported_by_number_and_the_rest_goes_on():
    found = read('{"text": "a"}', '{"text": ', "[]", '{"id": "b"}', b'{"text": "\xff"}', '{"text": "z"}')

    assert [one.message.partition(":")[0] if isinstance(one, BadRequest) else one.text for one in found] == [
        "a",
        "a.jsonl, line 2 is not valid JSON",
        "a.jsonl, line 3 must be an object with 'id' and 'text'.",
        "a.jsonl, line 4",
        "a.jsonl, line 5 is not valid JSON",
        "z",
    ]


def test_a_line_that_is_too_long_is_passed_over():
    long, short = read('{"text": "' + "x" * 500 + '"}', '{"text": "z"}', loader=JSONLLoader(longest=100))

    assert "line 1 is longer" in long.message
    assert short.text == "z"


def test_labels_are_left_out_where_authors_are_not_trusted_with_them():
    [document] = read('{"text": "a", "labels": {"trust": "internal"}}', loader=JSONLLoader(labels=False))

    assert document.labels == Facts()


def test_a_blob_is_read_whole_or_not_at_all():
    with pytest.raises(BadRequest, match="line 2"):
        list(JSONLLoader().load(b'{"text": "a"}\nbroken', SOURCE, "a.jsonl"))
