from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.digests import new_id
from gateway.domain.documents import ChunkState, Source
from gateway.domain.errors import BadRequest
from gateway.domain.searches import Match, Wish
from gateway.recognition.folding import fold
from gateway.stores import search
from tests.stores.databases import dumped, restore
from tests.stores.material import DROP, chunk, edges, intent, started
from tests.stores.searchable import searchable


@pytest.fixture(scope="module")
def records(database):
    with ExitStack() as stack:
        yield searchable(database.prepared(), stack)


def find(record, text="", limit=50, cursor="", **more):
    return record.search.find(Wish(text, **more), record.tenant, limit=limit, cursor=cursor)


def ids(hits):
    return [hit.id for hit in hits.data]


def test_a_log_that_was_put_back_is_searched_before_it_is_followed_again(database):
    """What the index has beyond what the logs have in common is no reason to pass an entry over."""
    with ExitStack() as stack:
        record = searchable(database.prepared(), stack)
        record.said("And a kettle?", "Kettles, too.")
        record.catch_up()
        kept = dumped(record.url)
        record.said("What of my lamp?", "Lamps are not covered.")
        record.catch_up()
        record.store.close()
        restore(record.url, kept)
        one = record.said("Can I return a toaster?", "A toaster may be returned.")
        hits = [ids(find(record, text, match=Match.PHRASE)) for text in ("toaster may be", "lamps are not")]

    assert hits == [[one], []]


def test_a_phrase_is_found_in_answers_and_questions_and_shown(record, settled):
    one = record.said("Can I return a toaster?", "Yes: a *toaster* may be returned for thirty days.")
    two = record.said("May a toaster be returned for thirty days?", "I do not know.")
    record.said("And a kettle?", "Kettles, too.")
    settled()
    hits = find(record, "toaster may be RETURNED for thirty")

    assert ids(hits) == [one]
    assert (hits.method, hits.unsearched, hits.cursor) == ("phrase", 0, "")
    (match,) = hits.data[0].matches
    ((start, end),) = match.highlights
    assert (match.where, match.method, match.score) == ("answer", "phrase", 1.0)
    assert match.excerpt[start:end] == "toaster* may be returned for thirty"
    assert [match.where for match in find(record, "may a toaster").data[0].matches] == ["question"]
    assert ids(find(record, "returned for thirty days")) == [two, one]


@pytest.mark.parametrize(
    ("answer", "wanted", "method"),
    [
        ("Die Rückgabefrist beträgt dreißig Tage.", "gabefrist betragt DREISSIG", "substring"),
        ("合同条款规定，退款期限为\n三十天。", "退款期限为三十天", "phrase"),
        ("合同条款规定", "条款", "phrase"),
        ("คืนเครื่องปิ้งขนมปังได้ภายในสามสิบวัน", "ขนมปังได้", "phrase"),
        ("يمكن إرجاع المحمصة خلال ثلاثين يومًا", "ارجاع المحمصة", "phrase"),
        ("토스터는 30일 이내에 반품할 수 있습니다", "이내에 반품", "substring"),
        ("Тостер можно вернуть за тридцать дней", "можно ВЕРНУТЬ", "phrase"),
        ("see https://kb.example/returns#toaster", "kb.example/returns", "phrase"),
        ("IBAN DE89 3704 0044", "DE89 3704", "phrase"),
    ],
)
def test_any_script_and_parts_of_words_are_found(record, settled, answer, wanted, method):
    one = record.said("?", answer)
    settled()
    hits = find(record, wanted, match=Match.PHRASE)

    assert ids(hits) == [one]
    assert hits.data[0].matches[0].method == method


def test_a_response_whose_question_and_answer_have_it_is_told_once(record, settled):
    runs = [record.said(f"toaster {number}", f"toaster {number}, yes") for number in range(7)]
    settled()
    pages, cursor = [], ""
    for _ in range(3):
        page = find(record, "toaster", limit=3, cursor=cursor)
        pages.append(ids(page))
        cursor = page.cursor

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [one for page in pages for one in page] == [*reversed(runs)]
    assert cursor == ""
    assert [match.where for match in find(record, "toaster 3").data[0].matches] == ["question", "answer"]


def test_the_text_of_a_screenshot_is_found_with_its_mistakes(record, settled):
    one = record.said("?", "We grant a refund of forty euros to every customer whose parcel was late by a week.")
    record.said("?", "We do not grant refunds for parcels that were damaged after delivery by the customer.")
    record.said("?", "The canteen opens at noon.")
    settled()
    hits = find(record, "We qrant a refurid of forty euros to evcry customer whose parcei was late")

    assert ids(hits)[0] == one and hits.method == "similar"
    assert (hits.data[0].matches[0].method, hits.data[0].matches[0].score > 0.6) == ("similar", True)
    assert ids(find(record, "zebra crossing in Tokyo at midnight")) == []


def test_a_tenant_finds_its_own_only_and_the_operator_all(record, settled):
    own, rival = record.tenant, new_id()
    mine = record.said("?", f"the chrome toaster {own}")
    theirs = record.said("?", f"the chrome toaster {own}", tenant=rival)
    settled()

    assert ids(find(record, "chrome toaster")) == [mine]
    assert ids(find(record, "chrome toasler", match=Match.SIMILAR)) == [mine]
    record.tenant = rival
    assert ids(find(record, "chrome toaster")) == [theirs]
    record.tenant = None
    assert ids(find(record, f"chrome toaster {own}")) == [theirs, mine]
    record.tenant = "nobody"
    assert ids(find(record, "chrome toaster")) == []


def test_everything_else_narrows_the_search(record, settled):
    hr = Source("s3://hr", "files")
    one = record.said("toaster", "one", *edges(chunk("a.md")), application="bot", end_user="ann")
    two = record.said(
        "toaster", "two", *edges(chunk("b.md", source=hr), state=ChunkState.DROPPED, decision=DROP),
        application="other", end_user="ann",
    )  # fmt: skip
    three = record.said("kettle", "three", application="bot", end_user="bob")
    settled()

    for text, all_of_it in (("toaster", [two, one]), ("", [three, two, one])):
        assert ids(find(record, text)) == all_of_it
        assert ids(find(record, text, application="bot")) == [run for run in all_of_it if run != two]
        assert ids(find(record, text, application="bot", end_user="ann")) == [one]
        assert ids(find(record, text, document="b.md")) == [two]
        assert ids(find(record, text, source="s3://hr/files")) == [two]
        assert ids(find(record, text, document="b.md", state="dropped")) == [two]
        assert ids(find(record, text, document="b.md", state="sent")) == []
        assert ids(find(record, text, state="dropped")) == [two]
        assert ids(find(record, text, state="COMPLETE")) == all_of_it
        assert ids(find(record, text, state="OPEN")) == []
        assert ids(find(record, text, end_user="nobody")) == []


def test_times_narrow_the_search(record, settled):
    now = datetime.now(UTC)
    one = record.said("?", "toaster")
    settled()

    for text in ("toaster", ""):
        assert ids(find(record, text, since=now - timedelta(minutes=1), until=now + timedelta(minutes=1))) == [one]
        assert ids(find(record, text, since=now + timedelta(minutes=1))) == []
        assert ids(find(record, text, until=now - timedelta(minutes=1))) == []
        assert ids(find(record, text, since=now + timedelta(days=1))) == []
        assert ids(find(record, text, until=now - timedelta(days=1))) == []


def test_a_question_that_was_never_answered_is_found(record, settled):
    start = started(intent(question="Where is the toaster?"), tenant=record.tenant)
    record.store.append([start])
    settled()

    assert ids(find(record, "toaster")) == ids(find(record, state="OPEN")) == [start.run]
    assert ids(find(record, "toaster", application="support-bot")) == [start.run]


def test_lists_are_paged(record, settled):
    runs = [record.said(end_user="ann" if number % 2 else "bob") for number in range(6)]
    settled()
    for more, wanted in (({}, runs), ({"end_user": "ann"}, runs[1::2])):
        first = find(record, limit=2, **more)
        second = find(record, limit=9, cursor=first.cursor, **more)
        assert ids(first) + ids(second) == wanted[::-1]
        assert second.cursor == ""


@pytest.mark.parametrize(("text", "param"), [("ab", "q"), ("--", "q")])
def test_too_little_is_said_to_be_too_little(record, text, param):
    with pytest.raises(BadRequest, match="three letters") as caught:
        find(record, text)

    assert caught.value.param == param


def test_a_cursor_of_somebody_elses_making_is_refused(record):
    with pytest.raises(BadRequest, match="cursor"):
        find(record, "toaster", cursor="x")


def test_what_lies_too_far_behind_the_index_is_counted(record, monkeypatch):
    monkeypatch.setattr(search, "TAIL", 4)
    old = record.said("?", "the chrome toaster")
    for _ in range(4):
        record.said()
    record.said("?", "the other toaster")
    behind = find(record, "toaster")
    record.catch_up()

    assert (len(behind.data), behind.unsearched) == (1, 8)
    assert old in ids(find(record, "toaster")) and find(record, "toaster").unsearched == 0


WORDS = st.lists(st.sampled_from(["Toaster", "day,", "Café", "合同", "re", "30", "\n", "ไทย", "*x*"]), max_size=8)


@settings(max_examples=25)
@given(st.lists(WORDS.map(" ".join), min_size=1, max_size=6), WORDS.map(" ".join), st.integers(0, 6))
def test_a_phrase_is_found_iff_a_text_contains_it(tmp_path_factory, answers, wanted, settled_up_to):
    with ExitStack() as stack:
        record = searchable(f"sqlite:///{tmp_path_factory.mktemp('search')}/x.db", stack)
        runs = {}
        for number, answer in enumerate(answers):
            runs[record.said("zz", answer)] = answer
            if number == settled_up_to:
                record.catch_up()
        inside = "".join(map(chr, fold(wanted).letters))
        expected = [run for run, answer in runs.items() if inside in "".join(map(chr, fold(answer).letters))]
        try:
            found = ids(record.search.find(Wish(wanted, Match.PHRASE), "acme", limit=50)) if wanted.strip() else None
        except BadRequest:
            found = None

    assert found is None or found == expected[::-1]
