import time
import timeit

from hypothesis import given
from hypothesis import strategies as st

from gateway.pseudonyms import Entry, Pseudonyms


def test_values_are_numbered_by_entity_in_order_of_first_appearance():
    pseudonyms = Pseudonyms()

    tokens = [
        pseudonyms.token("PERSON", "Ada"),
        pseudonyms.token("EMAIL_ADDRESS", "ada@example.com"),
        pseudonyms.token("PERSON", "Grace"),
        pseudonyms.token("PERSON", "Ada"),
    ]

    assert tokens == ["<PERSON_1>", "<EMAIL_ADDRESS_1>", "<PERSON_2>", "<PERSON_1>"]


def test_values_that_differ_in_case_come_back_as_they_were():
    pseudonyms = Pseudonyms()

    tokens = {pseudonyms.token("PERSON", value) for value in ("Ada", "ADA", "ada")}

    assert len(tokens) == 3
    assert set(pseudonyms.values.values()) == {"Ada", "ADA", "ada"}


def test_an_unchanged_history_has_the_same_tokens_in_every_turn():
    history = ["Ada", "Grace", "Ada", "Edsger"]

    first, second = Pseudonyms(), Pseudonyms()
    before = [first.token("PERSON", name) for name in history]
    after = [second.token("PERSON", name) for name in [*history, "Barbara"]]

    assert after[: len(before)] == before


def test_a_token_that_the_caller_wrote_is_nobody_s():
    pseudonyms = Pseudonyms(["Explain what <PERSON_1> means", "and what person 2 does"])

    token = pseudonyms.token("PERSON", "Ada")

    assert token == "<PERSON_3>"
    assert pseudonyms.value("PERSON_1") is None
    assert pseudonyms.value("PERSON_2") is None


def test_a_kept_token_that_the_caller_wrote_is_not_restored_and_its_value_gets_another():
    pseudonyms = Pseudonyms(
        ["say <PERSON_1>"], [Entry("PERSON_1", "PERSON", "Ada"), Entry("PERSON_2", "PERSON", "Eve")]
    )

    token = pseudonyms.token("PERSON", "Ada")

    assert token == "<PERSON_3>"
    assert pseudonyms.value("PERSON_1") is None
    assert pseudonyms.value("PERSON_2") == "Eve"
    assert pseudonyms.entries == [Entry("PERSON_3", "PERSON", "Ada")]


def test_kept_tokens_go_on_where_the_earlier_turn_stopped():
    pseudonyms = Pseudonyms((), [Entry("PERSON_7", "PERSON", "Ada")])

    tokens = pseudonyms.token("PERSON", "Ada"), pseudonyms.token("PERSON", "Grace")

    assert tokens == ("<PERSON_7>", "<PERSON_8>")
    assert pseudonyms.entries == [Entry("PERSON_8", "PERSON", "Grace")]


def test_a_kept_entry_whose_name_is_no_token_of_its_entity_is_ignored():
    pseudonyms = Pseudonyms((), [Entry("PERSON_X", "PERSON", "Ada"), Entry("OTHER_1", "PERSON", "Ada")])

    assert not pseudonyms


def test_a_token_that_stands_in_a_document_is_nobody_s_either():
    pseudonyms = Pseudonyms(["Who is this?"], [Entry("PERSON_1", "PERSON", "Ada"), Entry("PERSON_2", "PERSON", "Eve")])

    pseudonyms.reserve(["Letters begin with <PERSON_1>", "and end with <PERSON_3>"])

    assert pseudonyms.value("PERSON_1") is None
    assert pseudonyms.value("PERSON_2") == "Eve"
    assert pseudonyms.token("PERSON", "Ada") == "<PERSON_4>"


def test_documents_are_read_only_when_a_token_is_wanted():
    read: list[str] = []
    pseudonyms = Pseudonyms()

    pseudonyms.reserve(read.append("document") or "text" for _ in range(1))

    assert read == []
    assert pseudonyms.token("PERSON", "Ada") == "<PERSON_1>"
    assert read == ["document"]


def test_a_spent_name_stands_for_nothing_and_is_not_given_again():
    pseudonyms = Pseudonyms((), [Entry("PERSON_1", "", "")])

    token = pseudonyms.token("PERSON", "Ada")

    assert token == "<PERSON_2>"
    assert pseudonyms.value("PERSON_1") is None


@given(st.lists(st.tuples(st.text(max_size=60), st.text(min_size=1)), max_size=20))
def test_no_two_values_share_a_token_whatever_detectors_call_their_entities(found):
    pseudonyms = Pseudonyms()

    tokens = {(entity, value): pseudonyms.token(entity, value) for entity, value in found}

    assert len(set(tokens.values())) == len(tokens)
    assert {key: pseudonyms.value(token[1:-1]) for key, token in tokens.items()} == {key: key[1] for key in tokens}


def test_a_known_value_costs_microseconds():
    pseudonyms = Pseudonyms(["A prompt of four thousand characters. " * 100])
    for number in range(100):
        pseudonyms.token("EMAIL_ADDRESS", f"person{number}@example.com")

    seconds = min(
        timeit.repeat(
            lambda: pseudonyms.token("EMAIL_ADDRESS", "person50@example.com"), timer=time.process_time, number=1000
        )
    )

    assert seconds / 1000 < 20e-6
