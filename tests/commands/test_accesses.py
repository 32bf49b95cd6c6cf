import json

from tests.commands.running import first_response, run


def test_who_looked_at_a_response_is_told_and_looking_from_a_command_line_counts(config: str):
    response = first_response(config)
    run("trace", response, "--config", config)

    told = json.loads(run("accesses", response, "--config", config, "--json"))
    again = run("accesses", f"response/{response}", "--config", config)

    assert told["data"][0]["action"] == "read response"
    assert told["data"][0]["application"] == "lineward"
    assert told["data"][0]["subjects"] == [f"response/{response}"]
    assert "list accesses" in again and "admin" in again


def test_all_looks_are_paged(config: str):
    run("impact", "board/falcon-memo.md", "--config", config)
    run("impact", "board/falcon-memo.md", "--config", config)

    first = json.loads(run("accesses", "--config", config, "--limit", "1", "--json"))
    shown = run("accesses", "--config", config, "--limit", "1")

    assert first["data"][0]["subjects"] == ["document/board/falcon-memo.md"]
    assert "more: --cursor" in shown


def test_nobody_has_looked_at_what_is_not_there(config: str):
    assert "Nobody" in run("accesses", "document/nowhere.md", "--config", config)
