import pytest

from gateway.domain.errors import BadRequest, LineageUnavailable
from gateway.stores.opening import upgrade
from gateway.stores.questions import NEWEST, Questions, place


def test_a_cursor_is_a_place_in_the_log():
    assert (place(""), place("17")) == (NEWEST, 17)


@pytest.mark.parametrize("cursor", ["x", "-1", "1" * 19, "\u0663"])
def test_a_cursor_that_no_page_gave_is_refused(cursor: str):
    with pytest.raises(BadRequest):
        place(cursor)


def test_damage_is_told_as_such(tmp_path):
    url = f"sqlite:///{tmp_path}/lineage.db"
    upgrade(url)
    questions = Questions(url)

    with pytest.raises(LineageUnavailable, match="damaged"), questions.asking():
        raise ValueError("not a detail")
    questions.close()


def test_without_a_database_there_is_no_answer(tmp_path):
    with pytest.raises(LineageUnavailable), Questions(f"sqlite:///{tmp_path}/none.db").asking():
        pass
