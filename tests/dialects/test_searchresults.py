from dataclasses import replace
from datetime import UTC, datetime

from gateway.dialects.searchresults import result
from gateway.domain.facts import Facts
from tests.recognition.material import chunk


def test_a_result_names_its_file_and_tells_what_is_known_of_it_but_no_lists():
    labels = Facts(classification="internal", readers=("hr",), expires_at=datetime(2030, 1, 1, tzinfo=UTC))
    told = result(replace(chunk("text", "a/b.md", labels=labels), title=None, score=1.7))

    assert (told["file_id"], told["filename"], told["score"]) == ("a/b.md", "b.md", 1.0)
    assert told["attributes"]["expires_at"] == "2030-01-01T00:00:00+00:00"
    assert "readers" not in told["attributes"]
