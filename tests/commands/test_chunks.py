import json
from dataclasses import replace

from gateway.commands.chunks import show_chunks
from gateway.domain.searches import ChunkHits, Place
from tests.api.test_chunks import HIT
from tests.commands.running import run
from tests.test_terminal import shown


def test_a_part_of_a_document_leads_to_its_chunk(config: str):
    run("db", "index", "--config", config)
    found = json.loads(run("search", "--documents", "billing", "--config", config, "--json"))
    printed = run("search", "--documents", "billing", "--config", config)
    first = found["data"][0]
    narrowed = run("search", "--documents", "billing", "--document", first["document"], "--config", config, "--json")

    assert (found["method"], found["unsearched"]) == ("phrase", 0)
    assert first["document"] in printed and "current" in printed
    assert {one["document"] for one in json.loads(narrowed)["data"]} == {first["document"]}
    assert "search chunks" in run("accesses", "--config", config)


def test_what_is_not_there_is_said_with_exit_code_1_and_what_goes_not_together_with_2(config: str):
    told = run("search", "--documents", "zebra crossing at midnight in Tokyo", "--config", config, code=1)

    assert "No text of a document" in told
    run("search", "--documents", "billing", "--user", "ann", "--config", config, code=2)


def test_what_a_reader_should_know_is_printed():
    old = replace(HIT, current=False, quarantined=True, match=Place("chunk", "similar", 0.8123, "[it] is", ((0, 4),)))
    told = shown(show_chunks, ChunkHits([HIT, old], "12", "similar", 1_234))

    assert "a.md" in told and "chunk 2" in told and "sha256:v" in told
    assert "current" in told and "earlier version" in told and "quarantined" in told
    assert "chunk, similar 0.81: [it] is" in told
    assert "these are most like them" in told
    assert "--cursor 12" in told
    assert "1,234 chunks" in told and "lineward db index" in told
