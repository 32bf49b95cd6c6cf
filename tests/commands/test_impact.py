import json

from gateway.cli import app
from gateway.commands.impact import meanings
from gateway.domain.subjects import Kind, Subject
from tests.commands.running import first_response, run, runner


def test_it_is_asked_of_documents_chunks_versions_and_sources(config: str):
    context = json.loads(run("trace", first_response(config), "--config", config, "--json"))["context"][0]

    told = [
        json.loads(run("impact", context[name], "--kind", name, "--config", config, "--json"))
        for name in ("document", "chunk", "version", "source")
    ]

    assert [one["kind"] for one in told] == ["document", "chunk", "version", "source"]
    assert all(one["total"] >= 1 for one in told)
    assert (told[0]["by_state"]["dropped"], told[0]["total"]) == (1, 3)
    assert sum(told[0]["days"].values()) == 2


def test_a_person_is_told_by_whom_and_when(config: str):
    told = run("impact", "board/falcon-memo.md", "--config", config)

    assert "application" in told and "demo" in told and "day" in told


def test_what_it_is_may_be_said(config: str):
    result = runner.invoke(app, ["impact", "board/falcon-memo.md", "--kind", "chunk", "--config", config])

    assert (result.exit_code, "No chunk" in result.output) == (1, True)


def test_an_id_may_mean_several_things():
    assert list(meanings("a.md")) == [Subject.document("a.md"), Subject(Kind.SOURCE, "a.md")]
    assert [one.kind for one in meanings("sha256:00")] == [Kind.CHUNK, Kind.VERSION]
    assert list(meanings("x", Kind.VERSION)) == [Subject(Kind.VERSION, "x")]
