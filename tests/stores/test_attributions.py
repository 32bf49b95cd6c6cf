from contextlib import closing

from gateway.stores.attributing import Answers, WordAttribution
from gateway.stores.attributions import SQLAttributions
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from tests.stores.material import ended, intent, outcome, started


def test_a_response_without_context_has_no_sources_and_an_open_one_no_sentences(database):
    url = database.prepared()
    ended_one, open_one = started(intent()), started(intent())
    with closing(open_store(url)) as store:
        store.append([ended_one, ended(ended_one, outcome("The moon is made of cheese. So it is.")), open_one])
    with closing(Answers(url)) as answers, closing(Questions(url)) as questions:
        told = SQLAttributions(questions, answers, WordAttribution(answers))
        invented = told.attribution(ended_one.run, "acme")
        waiting = told.attribution(open_one.run, "acme")

    assert (invented.unattributed, [one.chunk for one in invented.sentences]) == ([0], [None, None])
    assert waiting.sentences == ()
