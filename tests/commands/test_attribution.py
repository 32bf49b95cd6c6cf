import json
import re

from gateway.commands.attribution import show_attribution
from gateway.domain.attributions import Attribution, Sentence
from tests.commands.running import run
from tests.test_terminal import shown


def test_sentences_are_told_with_their_source(config: str):
    found = json.loads(run("search", "lausanne", "--config", config, "--json"))["data"][0]["id"]
    told = json.loads(run("attribution", found, "--config", config, "--json"))
    printed = run("attribution", found, "--config", config)

    assert any(one["document"] == "board/falcon-memo.md" and one["score"] > 0.5 for one in told["sentences"])
    assert "no proof" in printed and "Lausanne" in printed and "board/falcon-memo.md" in printed
    assert "no proof" in run("trace", found, "--config", config)


def test_what_has_no_source_and_what_is_missing_is_said():
    sentences = [Sentence(0, 5, "[Why] so?", "", 0.1), Sentence(6, 9, "Yes.", "short", 0.0)]
    told = shown(show_attribution, Attribution("0193", sentences, [0], 3))

    assert re.search(r"no source +\[Why\] so\?", told) and re.search(r"too short +Yes\.", told)
    assert "1 of 2 sentences have no source" in told and "3 chunks are not kept" in told
    assert "not kept" in shown(show_attribution, Attribution("0193"))
