from gateway.domain.digests import digest
from gateway.stores.compression import Compressor
from gateway.stores.prose import PROSE_1

COMPRESSOR = Compressor()


def test_the_dictionary_is_the_one_that_old_texts_were_written_with():
    """One changed byte makes every text unreadable that was written before."""
    assert digest(PROSE_1) == "sha256:61245ee12624b4432a849849bb4b9f0e6ce887939251e6c6ad62b50da5df658e"


def test_a_question_shrinks_to_two_thirds_and_an_answer_to_two_fifths():
    question = "Which of our contracts with suppliers in the region end within the next six months?"
    answer = (
        "Three contracts end before the summer. The first one, about the maintenance of the elevators, was signed in "
        "2021 and ends on 31 March; a notice has to be given two months before that, otherwise it is extended by "
        "another year. The second one covers the cleaning of both offices. It can be ended at any time with four "
        "weeks' notice, and the supplier has already announced that prices will rise in April. The third contract is "
        "the one about printers. Nobody has used it since the move, so that it should not be renewed."
    )

    assert len(COMPRESSOR.pack_prose(question)) < len(question) * 2 / 3
    assert len(COMPRESSOR.pack_prose(answer)) < len(answer) * 9 / 20
