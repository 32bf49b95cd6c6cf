from gateway.domain.digests import digest
from gateway.domain.documents import Chunk, Document, How, IngestedDocument, Source
from gateway.domain.errors import BadRequest
from gateway.entering import Report

KB = Source("file", "/kb")


def test_a_report_counts_what_came_and_keeps_what_did_not_enter():
    text = Document(KB, "a", "text", digest("text"))
    piece = Chunk(KB, "a", text.version, 0, "text", How.RETRIEVED)
    refused = IngestedDocument(text, outcome="refused", reason="No.")
    report = Report("run")

    for entered in (IngestedDocument(text, (piece,)), refused, BadRequest("unreadable")):
        report.add(entered)

    assert report.outcomes == {"added": 1, "refused": 1, "unreadable": 1}
    assert report.chunks == 1
    assert report.refused == [refused]
    assert [error.message for error in report.unreadable] == ["unreadable"]
