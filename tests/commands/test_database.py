import json

from tests.commands.running import run


def test_stats_count_what_is_stored_and_tell_who_is_behind(config: str):
    stats = json.loads(run("db", "stats", "--config", config, "--json"))
    told = run("db", "stats", "--config", config)

    assert stats["responses"] >= 5
    assert stats["open_runs"] == []
    assert stats["documents"] > 20
    assert stats["index_bytes"] > 0
    assert "responses" in told and "search" in told
    assert "up to date" in run("db", "upgrade", "--config", config)


def test_the_index_is_brought_up_to_the_log_and_made_again(config: str):
    run("db", "index", "--config", config)
    behind = json.loads(run("db", "stats", "--config", config, "--json"))["following"]
    again = json.loads(run("db", "index", "--rebuild", "--config", config, "--json"))["entries"]
    told = run("db", "index", "--config", config)

    assert {lag["entries"] for lag in behind.values()} == {0}
    assert all(count > 0 for count in again.values())
    assert "0 entries taken, up to date" in told
