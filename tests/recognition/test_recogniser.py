import html
import textwrap
import threading
import unicodedata
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.recognition.recogniser import Recent, Recogniser
from gateway.recognition.results import NOTHING
from gateway.recognition.words import read
from tests.recognition.material import KB, chunk, prose
from tests.recognition.shelf import Shelf


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def recogniser(shelf):
    return Recogniser(shelf)


def names(matches):
    return [match.chunks[0].document for match in matches]


def cut(text, match):
    return [text[start:end] for start, end in match.spans]


def shuffled(text, size=40):
    words = text.split()
    pieces = [words[at : at + size] for at in range(0, len(words), size)]
    return " ".join(word for piece in pieces[::-1] for word in piece)


def fewer(text, part=0.15):
    random = Random(5)
    return " ".join(word for word in text.split() if random.random() >= part)


def typos(text, part=0.05):
    random = Random(5)
    return " ".join(word[::-1] + "x" if random.random() < part else word for word in text.split())


DAMAGE = {
    "verbatim": str,
    "wrapped": lambda text: textwrap.fill(text, 30, break_long_words=False),
    "upper case": str.upper,
    "Unicode": lambda text: unicodedata.normalize("NFD", text).replace("a", "a\u200b\u0301"),
    "Markdown": lambda text: "> **" + text.replace("\n", "**\n> **") + "**",
    "HTML": lambda text: "<p id='x'>" + html.escape(text).replace("\n", "</p><p id='y'>") + "</p>",
    "middle third": lambda text: text[len(text) // 3 : 2 * len(text) // 3],
    "other order": shuffled,
    "5 % typos": typos,
    "15 % missing": fewer,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_chunks_are_recognised_however_they_were_treated(recogniser, damage):
    recogniser.register([chunk(prose(seed), f"{seed}.md") for seed in range(30)], "acme")
    treat = DAMAGE[damage]
    prompt = "Use these.\n" + treat(prose(3)) + "\n---\n" + treat(prose(17)) + "\nWhat do they say?"

    found = recogniser.recognise(prompt, "acme")

    assert names(found.matches) == ["3.md", "17.md"]
    assert found.foreign == ()
    assert all(match.coverage > (0.3 if damage == "middle third" else 0.7) for match in found.matches)


def test_the_exact_range_is_told(recogniser):
    recogniser.register([chunk(prose(1), "a.md")], "acme")
    before, after = "First, something else: ", " ... and so on."
    prompt = before + prose(1) + after
    (match,) = recogniser.recognise(prompt, "acme").matches

    assert cut(prompt, match) == [prose(1).removesuffix(".")]
    assert (match.coverage, match.tenant) == (1.0, "acme")
    assert 0.9 < match.share < 1


def test_unrelated_text_is_not_recognised(recogniser):
    recogniser.register([chunk(prose(seed), f"{seed}.md") for seed in range(200)], "acme")

    assert all(recogniser.recognise(prose(seed, 600), "acme") == NOTHING for seed in range(1_000, 1_050))


def test_what_many_documents_share_is_not_recognised(recogniser):
    licence = prose("licence", 60)
    recogniser.register([chunk(prose(seed, 40) + "\n" + licence, f"{seed}.md") for seed in range(40)], "acme")

    assert recogniser.recognise("Our own.\n" + licence, "acme") == NOTHING
    assert names(recogniser.recognise(licence + "\n" + prose(7, 40), "acme").matches) == ["7.md"]


def test_equal_texts_are_one_match_with_several_documents(recogniser):
    recogniser.register([chunk(prose(1), "a.md"), chunk(prose(1).upper(), "b.md")], "acme")
    (match,) = recogniser.recognise(prose(1), "acme").matches

    assert [one.document for one in match.chunks] == ["b.md", "a.md"]


def test_each_range_goes_to_the_chunk_that_explains_it_best(recogniser):
    text = prose(1, 240)
    half = len(text) // 2
    recogniser.register([chunk(text[: half + 200], "first.md"), chunk(text[half:], "second.md", 1)], "acme")
    first, second = recogniser.recognise(text, "acme").matches

    assert (first.chunks[0].document, second.chunks[0].document) == ("first.md", "second.md")
    assert first.spans[0][1] <= second.spans[0][0]
    assert second.spans[0][1] - first.spans[0][0] == len(text) - 1


def test_another_tenant_s_chunk_is_told_apart(recogniser):
    recogniser.register([chunk(prose(1), "ours.md")], "acme")
    recogniser.register([chunk(prose(2), "theirs.md")], "globex")
    found = recogniser.recognise(prose(1) + "\n" + prose(2), "acme")

    assert names(found.matches) == ["ours.md"]
    assert [(match.tenant, match.chunks[0].document) for match in found.foreign] == [("globex", "theirs.md")]


def test_what_both_tenants_have_is_the_tenant_s_own(recogniser):
    recogniser.register([chunk(prose(1), "theirs.md")], "globex")
    recogniser.register([chunk(prose(1), "ours.md")], "acme")
    recogniser.register([chunk(prose(1) + "\n" + prose(2, 12), "longer.md")], "globex")
    found = recogniser.recognise(prose(1), "acme")

    assert names(found.matches) == ["ours.md"]
    assert found.foreign == ()


def test_short_chunks_are_not_registered(recogniser):
    assert recogniser.register([chunk("Seven words are not enough for this.")], "acme") == 0
    assert recogniser.register([chunk("Eight words are enough for this one, barely.")], "acme") == 1
    assert len(recogniser.recognise("Eight words are enough for this one, barely.", "acme").matches) == 1


def test_scripts_without_spaces_are_recognised(recogniser):
    text = (
        "本製品の保証期間は購入日から二年間とし、その間に発生した故障は無償で修理いたします。ただし消耗品は除きます。"
    )
    recogniser.register([chunk(text, "保証.md")], "acme")
    (match,) = recogniser.recognise("次の文書を読んでください。\n" + text + "\nいつまでですか。", "acme").matches

    assert match.coverage == 1
    assert cut("次の文書を読んでください。\n" + text, match) == [text[:-1]]


def test_registering_again_changes_nothing_and_costs_no_look_into_the_library(recogniser, shelf):
    one = chunk(prose(1), "a.md")
    counts = [recogniser.register([one], "acme"), recogniser.register([one], "acme")]

    assert counts == [1, 0]
    assert len(shelf.log) == 1


def test_what_is_forgotten_is_not_recognised_any_more(recogniser):
    recogniser.register([chunk(prose(1), "a.md"), chunk(prose(2), "b.md")], "acme")
    recogniser.recognise(prose(1), "acme")
    gone = recogniser.forget("acme", KB, "a.md")

    assert gone == 1
    assert recogniser.recognise(prose(1), "acme") == NOTHING
    assert names(recogniser.recognise(prose(2), "acme").matches) == ["b.md"]
    assert recogniser.register([chunk(prose(1), "a.md")], "acme") == 1


def test_what_another_process_registers_is_known_after_catching_up(shelf, recogniser):
    recogniser.catch_up()
    other = Recogniser(shelf)
    other.register([chunk(prose(seed), f"{seed}.md") for seed in range(250)], "acme")
    before = recogniser.recognise(prose(1), "acme")
    recogniser.catch_up()

    assert before == NOTHING
    assert names(recogniser.recognise(prose(1), "acme").matches) == ["1.md"]


def test_a_text_that_was_seen_is_not_looked_up_again(shelf, recogniser):
    recogniser.register([chunk(prose(1), "a.md")], "acme")
    first = recogniser.recognise(prose(1), "acme")
    asked = shelf.asked

    assert recogniser.recognise(prose(1), "acme") is first
    assert recogniser.remembered(prose(1), "acme") is first
    assert recogniser.remembered(prose(1), "globex") is None
    assert shelf.asked == asked


def test_it_says_whether_it_is_current(recogniser):
    before = recogniser.is_current(60)
    recogniser.catch_up()

    assert (before, recogniser.is_current(60), recogniser.is_current(-1)) == (False, True, False)


def test_threads_register_and_recognise_at_once(recogniser):
    failures = []

    def work(start):
        for seed in range(start, start + 20):
            recogniser.register([chunk(prose(seed), f"{seed}.md")], "acme")
            if names(recogniser.recognise(prose(seed), "acme").matches) != [f"{seed}.md"]:
                failures.append(seed)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(0, 80, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []


TEXT = prose(1, 60)
RECOGNISER = Recogniser(Shelf())
RECOGNISER.register([chunk(TEXT, "a.md")], "acme")


def inside(piece, whole):
    return any(whole[at : at + len(piece)] == piece for at in range(len(whole) - len(piece) + 1))


@settings(max_examples=60)
@given(st.text(max_size=40), st.integers(0, len(TEXT)), st.integers(0, len(TEXT)), st.text(max_size=40))
def test_a_reported_range_of_a_copy_is_in_the_chunk_word_by_word(before, start, end, after):
    prompt = before + "\n" + TEXT[start:end] + "\n" + after
    words = read(TEXT).hashes.tolist()

    for match in RECOGNISER.recognise(prompt, "acme").matches:
        for piece in cut(prompt, match):
            assert inside(read(piece).hashes.tolist(), words)


@settings(max_examples=60)
@given(st.text(alphabet="ab \n*<>&", max_size=60), st.text(alphabet="ab \n*<>&", max_size=60))
def test_a_copy_is_reported_whatever_stands_around_it(before, after):
    prompt = before + "\n" + TEXT + "\n" + after
    (match,) = RECOGNISER.recognise(prompt, "acme").matches

    assert TEXT[:-1] in prompt[match.spans[0][0] : match.spans[-1][1]]


def test_recent_entries_stay():
    recent = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    recent.get("a")
    recent.put("c", 3)
    recent.drop(["c", "d"])

    assert [recent.get(key) for key in "abc"] == [1, None, None]
