from contextlib import closing

from gateway.stores import prints
from gateway.stores.answers import SQLAnswers
from gateway.stores.opening import open_store
from tests.recognition.material import prose
from tests.stores.databases import rows
from tests.stores.material import run


def test_the_prints_of_a_person_go_and_those_of_others_stay(database, monkeypatch):
    monkeypatch.setattr(prints, "PAGE", 3)
    url, text = database.prepared(), prose(3)
    with closing(open_store(url)) as store, closing(SQLAnswers(url)) as answers:
        runs = {who: run(end_user=who) for who in ("jane", "john")}
        store.append([event for both in runs.values() for event in both])
        for start, _ in runs.values():
            answers.remember(start.run, "acme", text)
            answers.remember(start.run, "rival", text)
        ((before,),) = rows(url, "SELECT COUNT(*) FROM answer_print")
        prints.forget_prints(store, "acme", "jane")
        left = answers.runs("acme", [row[0] for row in rows(url, "SELECT DISTINCT hash FROM answer_print")])

    assert before > 12
    assert {one for found in left.values() for one in found} == {runs["john"][0].run}
    assert rows(url, "SELECT COUNT(*) FROM answer_print") == [(before * 3 // 4,)]
