from gateway.dialects.annotations import annotated
from gateway.dialects.responses import RESPONSES
from gateway.domain.chat import Citation, Delta
from gateway.domain.documents import Chunk, How, Source
from tests.dialects.responded import said, streamed, whole

FILE = Chunk(Source("file", "kb"), "a.md", "sha256:00", 0, "text", How.DECLARED)
PAGE = Chunk(Source("file", "kb"), "b.md", "sha256:00", 0, "text", How.DECLARED, title="B", url="https://b.example")
CITATIONS = [Citation(1, FILE, "So.", 0, 3, 10), Citation(2, PAGE, "And so.", 11, 18, 25)]
NOTES = [
    {"type": "file_citation", "file_id": "a.md", "filename": "a.md", "index": 3},
    {"type": "url_citation", "start_index": 18, "end_index": 25, "url": "https://b.example", "title": "B"},
]


def test_a_whole_answer_is_annotated_where_its_text_stands():
    known = {"type": "file_path", "file_id": "f", "index": 0}
    delta = Delta(whole(said("So. [doc1] And so. [doc2]", annotations=[known])))

    before, cited = annotated(delta, RESPONSES.parts(delta)[0], CITATIONS)

    assert before == []
    assert cited.raw["output"][0]["content"][0]["annotations"] == [known, *NOTES]


def test_a_stream_is_annotated_before_its_text_is_done_and_wherever_it_is_repeated():
    told = []
    for event in streamed((said("So. [doc1]"), ["So. [doc1]"])):
        delta = Delta(event)
        for part in RESPONSES.parts(delta):
            if part.over:
                before, delta = annotated(delta, part, CITATIONS[:1])
                told += [one.raw for one in before]
        told.append(delta.raw)

    added = [event for event in told if event["type"] == "response.output_text.annotation.added"]
    assert [(event["annotation"], event["annotation_index"], event["output_index"]) for event in added] == [
        (NOTES[0], 0, 0)
    ]
    assert told[told.index(added[0]) + 1]["type"] == "response.output_text.done"
    repeated = [event["part"] for event in told if event["type"] == "response.content_part.done"]
    assert repeated[0]["annotations"] == NOTES[:1]
    assert told[-1]["response"]["output"][0]["content"][0]["annotations"] == NOTES[:1]
