import json

from tests.commands.running import run


def test_a_document_has_a_story(config: str):
    told = json.loads(run("timeline", "--document", "board/falcon-memo.md", "--config", config, "--json"))["data"]
    shown = run("timeline", "--document", "board/falcon-memo.md", "--config", config)

    assert {"response", "ingest"} <= {one["type"] for one in told}
    assert "ingest" in shown and "falcon" in shown


def test_it_is_paged_and_may_be_empty(config: str):
    assert "earlier: --cursor" in run("timeline", "--limit", "1", "--config", config)
    assert "Nothing happened" in run("timeline", "--user", "nobody", "--since", "2026-01-01", "--config", config)
