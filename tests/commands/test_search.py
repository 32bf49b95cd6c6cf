import json

from gateway.commands.search import show_hits
from gateway.domain.searches import Hit, Hits, Place
from tests.commands.running import run
from tests.test_terminal import RECORD, shown


def test_a_sentence_leads_to_its_response(config: str):
    found = json.loads(run("search", "Falcon", "--config", config, "--json"))
    one = found["data"][0]
    shown = run("search", "Falcon", "--config", config)
    narrowed = json.loads(run("search", "lausanne", "--app", "demo", "--state", "sent", "--config", config, "--json"))

    assert found["method"] == "phrase" and one["matches"][0]["method"] in ("phrase", "substring")
    assert one["id"] in shown and "Falcon" in shown
    assert narrowed["data"] and all(hit["state"] == "COMPLETE" for hit in narrowed["data"])
    assert run("search", "--since", "2026-01-01", "--limit", "1", "--config", config)


def test_what_is_not_there_is_said_with_exit_code_1(config: str):
    told = run("search", "zebra crossing at midnight in Tokyo", "--config", config, code=1)

    assert "No question or answer" in told
    assert "Nothing was found" in run("search", "--user", "nobody", "--config", config, code=1)


def test_what_a_reader_should_know_is_printed():
    place = Place("answer", "similar", 0.8123, "[brackets] are text", ((0, 10),))
    told = shown(show_hits, Hits([Hit.of(RECORD, [place])], "12", "similar", 1_234), "x")

    assert "answer, similar 0.81: [brackets] are text" in told
    assert "Nothing has the very words" in told
    assert "--cursor 12" in told
    assert "1,234 entries" in told and "lineward db index" in told


def test_what_says_it_in_other_words_is_printed_as_such():
    place = Place("answer", "meaning", 0.4567, "It costs a lot.")
    told = shown(show_hits, Hits([Hit.of(RECORD, [place])], method="meaning", unsearched=7), "x")

    assert "answer, meaning 0.46: It costs a lot." in told
    assert "other words" in told and "7 entries" in told and "were not searched by meaning" in told
