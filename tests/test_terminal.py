import io
from dataclasses import replace
from datetime import UTC, datetime

from rich.console import Console

from gateway import terminal
from gateway.domain.decisions import Decision, Effect, Mode, RuleHit, Target
from gateway.domain.documents import ChunkState, Document, How, IngestedDocument, Source
from gateway.domain.errors import BadRequest
from gateway.domain.facts import Facts
from gateway.domain.findings import Finding, Where
from gateway.domain.records import (
    ContextEntry,
    DocumentRecord,
    Fault,
    OpenRun,
    ResponseRecord,
    StoreStats,
    VersionRecord,
)
from gateway.domain.runs import Attempt, Noted, RunState
from gateway.entering import Report
from gateway.guards import Loaded
from gateway.policy.checking import Problem, TestResult
from gateway.policy.nodes import At
from gateway.scanning import Place, Scan, Scanned
from gateway.verification import Flaw, Verdict

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DROP = Decision(
    Target.CHUNK,
    Effect.DROP_CHUNK,
    (
        RuleHit("stay", Effect.DROP_CHUNK, Mode.ENFORCE, "a@example.com", "it stays", (("chunk.trust", "web"),)),
        RuleHit("maybe", Effect.DENY, Mode.SHADOW, None, "would refuse"),
    ),
)
RECORD = ResponseRecord(
    id="0193", at=NOW, tenant="acme", application="bot", purpose="support", end_user="u1", model="m", provider="p",
    region="us", stream=False, state=RunState.COMPLETE, decision="dropped:1", policy="sha256:00", request="sha256:11",
    index=4, outcome_index=5, question="[bold]Why?[/bold]", answer="Because.",
    context=[ContextEntry(1, "sha256:22", "a.md", "file/kb", "sha256:33", 0, How.DECLARED, ChunkState.DROPPED,
                          rule="stay", decision=DROP)],
    findings=[Noted("US_SSN", Where.PROMPT, "messages[0].content", 0, 11, 1.0, "p", "mask", "pii")],
)  # fmt: skip


def shown(show, *values: object) -> str:
    out = io.StringIO()
    show(Console(file=out, width=200, highlight=False), *values)
    return out.getvalue()


def test_a_record_shows_caller_context_rules_findings_and_answer_and_no_markup_of_strangers():
    text = shown(terminal.show_record, RECORD)

    for part in (
        "bot of acme, for u1",
        "[bold]Why?[/bold]",
        "a.md",
        "dropped",
        "stay",
        "it stays",
        "US_SSN",
        "Because.",
    ):
        assert part in text
    assert "would refuse" not in text


def test_a_record_shows_destinations_that_were_passed_over_with_rule_and_owner():
    passed = Attempt("outside", "gpt", "forbidden", "it stays (rule stay, ask a@example.com).", DROP)

    text = shown(terminal.show_record, replace(RECORD, attempts=[passed, Attempt("house", "llama", "answered")]))

    assert "Destinations" in text
    assert "outside   gpt    forbidden  stay  a@example.com  it stays (rule stay, ask a@example.com)." in text
    assert "Destinations" not in shown(terminal.show_record, RECORD)


def test_decisions_show_shadow_rules_and_the_values_read():
    text = shown(terminal.show_decisions, RECORD)
    again = shown(terminal.show_decisions, replace(RECORD, decisions=[*RECORD.decisions, *RECORD.decisions]))

    assert "deny (shadow)" in text and "chunk.trust = web" in text and "a@example.com" in text
    assert again == text


def test_a_document_shows_its_versions():
    version = VersionRecord("sha256:44", NOW, "run-1", 3, True)
    text = shown(terminal.show_document, DocumentRecord("a.md", "file/kb", "A", None, Facts(trust="web"), [version]))

    assert "run-1" in text and "trust" in text


def test_open_intents_are_listed_as_what_they_are():
    text = shown(terminal.show_stats, StoreStats(3, 1, 1, 1, 1, 1, 4096, [OpenRun("0193", NOW, "bot", 2)]))

    assert "1 intents without an outcome" in text and "0193" in text


def test_an_ingest_shows_what_was_refused_and_what_could_not_be_read():
    report = Report("run")
    document = Document(Source("file", "kb"), "b.md", "x", "sha256:55")
    report.add(IngestedDocument(document, outcome="refused", reason="It is quarantined."))
    report.add(BadRequest("c.bin has no format that is read here."))

    text = shown(terminal.show_ingested, report)

    assert "1 refused, 1 unreadable" in text and "It is quarantined." in text and "c.bin" in text


def test_faults_are_told_with_their_place():
    assert "1 fault in 10 entries" in shown(terminal.show_verification, 10, [Fault(7, "its detail was altered")])
    assert "whole" in shown(terminal.show_verification, 10, [])


def test_a_verdict_tells_faults_truths_and_remarks():
    faulty = Verdict("the log", 9, [Flaw(7, "it was altered"), Flaw(None, "unsigned")], ["look"], ["signed"])
    text = shown(terminal.show_verdict, faulty)

    assert "entry 7: it was altered" in text and "2 faults in the log: 9 entries" in text
    assert "look" in text and "signed" in text
    assert "Whole: the log, 1 entry" in shown(terminal.show_verdict, Verdict("the log", 1))


def test_problems_and_failed_tests_of_policies_are_told_with_file_and_line():
    result = TestResult(At("p.yaml", 9), "stays", False, "allow", "deny: x", "because")

    assert "p.yaml:3: r1: no owner" in shown(terminal.show_problems, [Problem(At("p.yaml", 3), "r1", "no owner")])
    assert "p.yaml:9: stays: expected allow, got deny: x (because)" in shown(terminal.show_tests, [result])
    assert "0 passed, 1 failed" in shown(terminal.show_tests, [result])


def test_a_scan_shows_places_counts_and_what_was_not_scanned_and_no_markup_of_file_names_counts():
    scan = Scan()
    finding = Finding("EMAIL_ADDRESS", 30, 41, 0.9, "patterns")
    scan.add(Scanned("docs/[bold]a.txt", [Place(finding, 3, 16), Place(finding, 4, 1)]))
    scan.add(Scanned("b.txt"))
    scan.add(Scanned("logo.png", problem="is not text in UTF-8"))

    text = shown(terminal.show_scan, scan)

    assert "docs/[bold]a.txt" in text and "3:16" in text and "0.90" in text
    assert "not scanned logo.png: is not text" in text
    assert "2 findings in 1 of 2 files, 1 not scanned" in text


def test_what_is_loaded_is_shown_with_the_rules_that_it_leaves_without_effect():
    loaded = Loaded(["presidio-1 (en, NER off)"], ["AGE"], {"en": False}, {"names": ["PERSON", "X"]})

    text = shown(terminal.show_loaded, loaded)

    assert "NER off)" in text and "presidio-1 (en, NER off)" in text
    assert "names has no effect: nothing finds PERSON, X" in text
