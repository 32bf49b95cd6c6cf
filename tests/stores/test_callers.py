import random
from collections import Counter
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.stores import callers, gathering
from gateway.stores.callers import TOGETHER, Callers, listed
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from tests.stores.databases import rows
from tests.stores.gathered import gather
from tests.stores.material import run

DAY = 86_400_000_000


@pytest.fixture(scope="module")
def url(database):
    url = database.prepared()
    chance = random.Random(7)
    with closing(open_store(url)) as store:
        for _ in range(40):
            names = {
                "tenant": chance.choice(["acme", "rival"]),
                "application": chance.choice(["chat", "mail", "böt"]),
                "end_user": chance.choice(["", "ann", "bob", "cyd"]),
            }
            store.append([event for _ in range(chance.randint(1, 4)) for event in run(**names)])
    return url


@pytest.fixture(scope="module")
def ask(url):
    with closing(Questions(url)) as questions, pytest.MonkeyPatch.context() as patch, questions.asking() as ask:
        for module in (callers, gathering):
            patch.setattr(module, "SIZE", 16)
        patch.setattr(callers, "FEW", 2)
        gather(url)
        yield ask


@pytest.fixture(scope="module")
def told(url):
    """Application, person and day of each response."""
    found = rows(url, f"SELECT seq, application, end_user, at / {DAY} FROM response ORDER BY seq")
    return {row[0]: row[1:] for row in found}


def test_most_responses_stand_in_blocks_and_the_newest_do_not(url, ask, told):
    numbers = [row[0] for row in rows(url, "SELECT number FROM caller_block ORDER BY number")]

    assert numbers == [*range((max(told) + 2) // 16)]
    assert len(numbers) > 5


@given(st.data())
def test_callers_are_those_that_the_responses_themselves_tell(ask, told, data):
    seqs = sorted(data.draw(st.sets(st.sampled_from([*told]))))

    found = Callers.of(ask, np.array(seqs, np.int64))

    assert found.applications == Counter(told[seq][0] for seq in seqs)
    assert found.persons == Counter(told[seq][1] for seq in seqs)
    assert found.days == Counter(told[seq][2] for seq in seqs)
    assert sum(found.by_day().values()) == len(seqs)


def test_any_number_of_responses_can_be_listed(ask, told):
    seqs = [*told] * (2 * TOGETHER // len(told) + 1)

    assert [row[0] for row in listed(ask, callers._caller, [])] == []
    assert {row[0] for row in listed(ask, callers._caller, seqs)} == {*told}
