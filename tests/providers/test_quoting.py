import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialects.chat import CHAT
from gateway.domain.chat import ChatRequest
from gateway.providers.quoting import Passage, Quote, best, passages


def request(*messages: tuple[str, object], **fields: object) -> ChatRequest:
    body = {"model": "m", "messages": [{"role": role, "content": content} for role, content in messages], **fields}
    parsed = CHAT.parse(body)
    return parsed.with_context(parsed.documents)


DOCUMENTS = [{"id": "a", "title": "Refunds", "text": "One.\n\nTwo."}, {"id": "b", "text": "Three."}]


def test_documents_that_the_gateway_placed_are_passages_and_their_introduction_is_not():
    question, context = passages(request(("system", "Be kind."), ("user", "How long?"), documents=DOCUMENTS))

    assert question == "How long?"
    assert context[:3] == [
        Passage("doc1", "Refunds", "One.\n\nTwo.\n\n"),
        Passage("doc2", "b", "Three."),
        Passage("", "", "Be kind."),
    ]
    assert not any("material to quote" in passage.text for passage in context)


@pytest.mark.parametrize("content", ["{{documents}}\n\nHow long?", "How long?\n\n{{documents}}"])
def test_documents_placed_in_the_question_leave_the_question(content):
    documents = [{"id": "a", "text": "One."}, {"id": "b", "text": "Three."}]

    question, context = passages(request(("user", content), documents=documents))

    assert question.split() == ["How", "long?"]
    assert [(passage.label, passage.text.strip()) for passage in context[:2]] == [("doc1", "One."), ("doc2", "Three.")]


def test_context_pasted_before_the_question_is_a_passage():
    question, context = passages(request(("user", "Use this:\nThe sky is blue.\n\nWhich colour is it?\n\nBe brief.")))

    assert question == "Which colour is it?"
    assert context == [Passage("", "", "Use this:\nThe sky is blue.\n\nBe brief.")]


def test_parts_of_the_last_message_are_read_together():
    parts = [{"type": "text", "text": "The sky is blue."}, {"type": "text", "text": "Which colour?"}]

    question, context = passages(request(("user", parts)))

    assert (question, [passage.text for passage in context]) == ("Which colour?", ["The sky is blue."])


def test_tools_and_earlier_users_are_sources_but_the_assistant_is_not():
    chat = request(("user", "First."), ("assistant", "Guess."), ("tool", "Fact."), ("user", "Now?"))

    assert [passage.text for passage in passages(chat)[1] if passage.text] == ["First.", "Fact."]


def test_a_conversation_without_a_user_has_no_question():
    assert passages(request(("system", "Be kind.")))[0] == ""


SKY = Passage("doc1", "Sky", "The sky is blue. Grass is green.\nNo full stop here")
BANK = Passage("doc2", "Refund policy", "Money comes back in 14 days.")


def test_the_sentence_with_most_shared_words_comes_first():
    quotes = best("Which sky is blue, and which grass?", [SKY, BANK], 3)

    assert quotes == [Quote("The sky is blue.", SKY), Quote("Grass is green.", SKY)]


def test_a_title_counts_too():
    assert best("What is the refund policy?", [SKY, BANK], 3) == [Quote("Money comes back in 14 days.", BANK)]


FORMS = [
    ("refunds", "refund"),
    ("invoices", "invoice"),
    ("policies", "policy"),
    ("Boxes", "box"),
    ("accessing", "ACCESS"),
    ("cafe\u0301", "café"),
]


@pytest.mark.parametrize(("one", "other"), FORMS)
def test_forms_of_a_word_are_one_word(one, other):
    assert best(one, [Passage("", "", other)], 1)


def test_common_words_are_not_shared_words():
    assert best("What is the colour of it?", [Passage("", "", "It is what it is.")], 3) == []


def test_a_language_without_spaces_is_read_by_character():
    passage = Passage("doc1", "", "天空是蓝色的。草是绿色的。")

    assert best("天空是什么颜色", [passage], 1) == [Quote("天空是蓝色的。", passage)]


def test_a_sentence_that_stands_twice_is_quoted_once_from_the_first_place():
    copy = Passage("doc2", "", SKY.text)

    assert best("blue sky", [SKY, copy], 3) == [Quote("The sky is blue.", SKY)]


@given(st.text(), st.lists(st.text()), st.integers(min_value=1, max_value=5))
def test_quotes_are_verbatim_and_never_too_many(question, texts, most):
    context = [Passage("", "", text) for text in texts]

    quotes = best(question, context, most)

    assert len(quotes) <= most
    assert all(quote.text and quote.text in quote.passage.text for quote in quotes)
