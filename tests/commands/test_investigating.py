import json
from pathlib import Path

import pytest

from gateway.cli import app
from tests.commands.running import run, runner


@pytest.fixture
def responses(config: str) -> list[str]:
    """Those that the board's memo took part in: refused to one, told to the other."""
    impact = json.loads(run("impact", "board/falcon-memo.md", "--config", config, "--json"))
    told = {state: entry["response"] for entry in impact["responses"] for state in entry["states"]}
    return [told["dropped"], told["sent"]]


def test_the_prompt_is_shown_whole(config: str, responses: list[str]):
    told = {response: json.loads(run("prompt", response, "--config", config, "--json")) for response in responses}
    shown = [run("prompt", response, "--config", config) for response in responses]
    read = [text["text"] for prompt in told.values() for text in prompt["texts"] if len(text["text"]) > 200]

    assert read and all(any(text in one for one in shown) for text in read), "no line is wrapped"
    assert any(prompt["body"] and "Falcon" in json.dumps(prompt["body"]) for prompt in told.values())
    assert any("Whole" in text for text in shown)


def test_two_responses_are_compared(config: str, responses: list[str]):
    found = json.loads(run("diff", *responses, "--config", config, "--json"))
    shown = run("diff", *responses, "--config", config)

    assert any(one["document"] == "board/falcon-memo.md" for one in found["chunks"])
    assert "Documents" in shown and "dropped" in shown
    assert "Nothing differs" in run("diff", responses[0], responses[0], "--config", config)


def test_versions_are_listed_and_compared(config: str, tmp_path: Path):
    page = tmp_path / "docs" / "compared.md"
    page.parent.mkdir()
    for text in ("First words.", "Second words."):
        page.write_text(text)
        run("ingest", str(page.parent), "--config", config)

    listed = json.loads(run("versions", "compared.md", "--config", config, "--json"))
    changed = run("versions", listed["id"], "--diff", "--config", config)

    assert [version["current"] for version in listed["data"]] == [True, False]
    assert "-First words." in changed and "+Second words." in changed


def test_of_documents_with_one_id_it_is_said_which_is_meant(config: str, tmp_path: Path):
    for name, text in (("red", "Red words."), ("blue", "Blue words.")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "twice.md").write_text(text)
        run("ingest", str(tmp_path / name), "--config", config)
    red, blue = f"file/{tmp_path}/red", f"file/{tmp_path}/blue"
    told = {
        source: json.loads(run("versions", "twice.md", "--source", source, "--config", config, "--json"))
        for source in (red, blue)
    }
    shown = run("versions", "twice.md", "--config", config).replace("\n", "")

    assert [(one["source"], one["others"]) for one in told.values()] == [(red, [blue]), (blue, [red])]
    assert told[blue]["data"][0]["digest"] in shown and f"Documents of this id are in {red}, too".replace(
        " ", ""
    ) in shown.replace(" ", "")
    assert "twice.md" in run("search", "--documents", "words", "--source", red, "--config", config)


def test_a_chunk_tells_how_it_came_in(config: str, responses: list[str]):
    context = json.loads(run("trace", responses[0], "--config", config, "--json"))["context"][0]

    told = json.loads(run("chunk", context["chunk"], "--config", config, "--json"))["data"]
    shown = run("chunk", context["chunk"], "--config", config)

    assert told[0]["document"] == context["document"]
    assert told[0]["by"] == "ingest" and "by ingest" in shown


@pytest.mark.parametrize("command", [["prompt", "0"], ["diff", "0", "1"], ["versions", "no.md"], ["chunk", "x"]])
def test_what_is_not_there_is_said(config: str, command: list[str]):
    result = runner.invoke(app, [*command, "--config", config])

    assert "No " in result.exception.message
