from collections import Counter
from contextlib import closing
from dataclasses import replace

import pytest

from gateway.domain.documents import ChunkState
from gateway.domain.exposures import Asked, Left
from gateway.domain.findings import Where
from gateway.domain.runs import Attempt
from gateway.stores.exposures import EVERYTHING, SQLExposures
from gateway.stores.opening import open_store
from gateway.stores.questions import Questions
from tests.stores.material import FOUND, chunk, edges, ended, intent, outcome, started


@pytest.fixture
def url(database):
    url = database.prepared()
    with closing(open_store(url)) as store:
        for action in ("mask", "allow", "flag", "deny"):
            asked = started(intent(*edges(chunk()), findings=(replace(FOUND, action=action),)))
            store.append([asked, ended(asked, outcome(findings=()))])
        refused = started(intent(*edges(chunk(), state=ChunkState.RETRIEVED), provider="", findings=(FOUND,)))
        store.append([refused, ended(refused, outcome(provider="", findings=()))])
        said = started(intent(findings=()))
        store.append([said, ended(said, outcome(findings=(replace(FOUND, where=Where.RESPONSE, action="allow"),)))])
        moved = started(intent(findings=(replace(FOUND, action="allow"),)))
        answered = (Attempt("azure", "gpt", "answered"),)
        store.append([moved, ended(moved, outcome(provider="azure", attempts=answered, findings=()))])
    return url


def fates(url, tenant="acme", asked=EVERYTHING, **more):
    with closing(Questions(url)) as questions:
        return SQLExposures(questions, **more).exposures(tenant, asked)


def test_it_tells_what_left_as_it_was_what_was_masked_and_what_was_kept_back(url):
    found = fates(url)

    by_fate = {(one.left, one.to, one.provider, one.action): one.findings for one in found.data}
    assert by_fate == {
        (Left.UNMASKED, "provider", "openai", "allow"): 1,
        (Left.UNMASKED, "provider", "openai", "flag"): 1,
        (Left.UNMASKED, "provider", "azure", "allow"): 1,
        (Left.UNMASKED, "caller", "openai", "allow"): 1,
        (Left.MASKED, "provider", "openai", "mask"): 1,
        (Left.WITHHELD, "provider", "openai", "deny"): 1,
        (Left.WITHHELD, "provider", "", "mask"): 1,
    }
    assert found.data[0].left is Left.UNMASKED
    assert found.complete


def test_the_region_is_that_of_the_provider_that_answered(url):
    regions = {one.provider: one.region for one in fates(url).data if one.to == "provider" and one.provider}

    assert regions["openai"] == "us"
    assert regions["azure"] != "us"


def test_it_says_when_not_everything_is_counted(url):
    some, everything = fates(url, bound=3), fates(url)

    assert not some.complete
    assert sum(one.findings for one in some.data) == 3
    assert everything.complete and everything.since is None
    assert some.since is not None and fates(url, bound=1).since >= some.since
    assert some.totals == everything.totals
    assert {(one.to, one.action): one.findings for one in some.totals} == {
        ("provider", "mask"): 2, ("provider", "allow"): 2, ("provider", "flag"): 1, ("provider", "deny"): 1,
        ("caller", "allow"): 1,
    }  # fmt: skip
    assert fates(url, "rival").data == fates(url, "rival").totals == []


def test_it_is_told_of_one_application_and_of_one_person(url):
    with closing(open_store(url)) as store:
        for application, person in (("shop", "u-1"), ("shop", "u-2"), ("shop", "")):
            asked = started(intent(application=application, end_user=person, findings=(FOUND,)))
            said = replace(FOUND, where=Where.RESPONSE, action="allow")
            store.append([asked, ended(asked, outcome(findings=(said,)))])

    def counted(tenant="acme", **more):
        found = fates(url, tenant, Asked(**more))
        assert sum(one.findings for one in found.data) == sum(one.findings for one in found.totals)
        fate = Counter()
        for one in found.data:
            fate[one.left, one.to] += one.findings
        return fate

    both = {(Left.UNMASKED, "caller"): 1, (Left.MASKED, "provider"): 1}
    assert counted(application="shop") == dict.fromkeys(both, 3)
    assert counted(application="shop", end_user="u-2") == both
    assert sum(counted(end_user="u-1").values()) == 9 and sum(counted(application="support-bot").values()) == 7
    assert counted(application="shop", end_user="u-3") == counted("rival", application="shop") == {}
