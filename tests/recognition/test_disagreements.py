from gateway.recognition.disagreements import Disagreement, Prompt, disagreements, located
from gateway.recognition.recogniser import Recogniser
from tests.recognition.material import chunk, prose
from tests.recognition.shelf import Shelf

AT, OTHER = ("messages", 0, "content"), ("messages", 1, "content")


def prompt(*texts, registered=()):
    recogniser = Recogniser(Shelf())
    recogniser.register([*registered], "acme")
    named = dict(zip((AT, OTHER), texts, strict=False))
    return Prompt(named, {path: recogniser.recognise(text, "acme") for path, text in named.items()})


def told(notices):
    return [(notice.what, notice.path, notice.chunk and notice.chunk.document) for notice in notices]


def test_a_declared_text_that_stands_there_is_no_finding():
    one = chunk(prose(1), "a.md")

    assert disagreements(prompt("Read:\n" + prose(1).upper()), [one]) == []


def test_a_declared_text_that_is_nowhere_is_one():
    notices = disagreements(prompt("A question.", prose(2)), [chunk(prose(1), "a.md")])

    assert told(notices) == [(Disagreement.ABSENT, (), "a.md")]


def test_a_text_that_is_declared_by_its_digest_alone_is_found_if_it_is_registered():
    registered = chunk(prose(1), "a.md")
    claim = chunk("", "a.md", digest=registered.digest)

    assert disagreements(prompt(prose(1), registered=[registered]), [claim]) == []
    assert told(disagreements(prompt(prose(2)), [claim])) == [(Disagreement.ABSENT, (), "a.md")]


def test_a_registered_text_that_nobody_declared_is_one():
    here = prompt(
        "Q", "Read: " + prose(2) + "\n" + prose(1), registered=[chunk(prose(1), "a.md"), chunk(prose(2), "b.md")]
    )
    notices = disagreements(here, [chunk(prose(2), "b.md")])

    assert told(notices) == [(Disagreement.UNDECLARED, OTHER, "a.md")]
    assert notices[0].length == len(prose(1)) - 1


def test_a_registered_text_under_another_name_is_declared():
    here = prompt(prose(1), registered=[chunk(prose(1), "a.md")])

    assert disagreements(here, [chunk(prose(1) + " More.", "copy.md")]) == []


def test_long_text_that_nothing_explains_is_one():
    stranger = prose(9, 400)
    here = prompt(prose(1) + "\n" + stranger, "What does it say?", registered=[chunk(prose(1), "a.md")])
    notices = disagreements(here, [chunk(prose(1), "a.md")])

    assert told(notices) == [(Disagreement.UNEXPLAINED, AT, None)]
    assert notices[0].length >= len(stranger)
    assert disagreements(here, [chunk(prose(1), "a.md"), chunk(stranger, "s.md")]) == []


def test_a_declared_text_of_two_words_is_found_letter_by_letter():
    assert located("The colour is dark red here.", [chunk("dark red"), chunk("pale red")]) == {0: ((14, 22),)}
