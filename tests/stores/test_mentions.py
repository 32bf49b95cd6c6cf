from contextlib import closing

from gateway.domain.accesses import accessed
from gateway.domain.digests import new_id
from gateway.domain.principals import Principal
from gateway.domain.runs import IncidentChanged, IncidentStep, Quarantined, RunEvent, RunState
from gateway.stores import mentions
from gateway.stores.holding import placed
from gateway.stores.opening import open_store
from gateway.stores.sought import Named, Sought
from tests.stores.material import KB, run

SOC = Principal("soc", "acme")


def noted(text):
    step = IncidentChanged(new_id(), IncidentStep.NOTED, SOC, text)
    return RunEvent(new_id(), RunState.COMPLETE, step, "acme")


def test_what_names_somebody_beside_their_responses_is_found_page_after_page(database, monkeypatch):
    monkeypatch.setattr(mentions, "PAGE", 2)
    step = IncidentChanged(new_id(), IncidentStep.ADDED, SOC, items=("subject/jane", "document/x"))
    with closing(open_store(database.prepared())) as store:
        store.append(run(end_user="jane"))
        store.append(
            [
                accessed(SOC, "read timeline", ["subject/jane"]),
                accessed(SOC, "search", query="jane"),
                accessed(SOC, "search", query="janet"),
                placed(SOC, "subject", "jane"),
                placed(SOC, "document", "jane"),
                RunEvent(new_id(), RunState.COMPLETE, step, "acme"),
                placed(Principal("soc", "rival"), "subject", "jane"),
                noted("Called JANE, who was upset."),
                noted("Called Janet."),
                placed(SOC, "document", "x", "asked for by Jane's lawyer"),
                RunEvent(new_id(), RunState.COMPLETE, Quarantined(KB, "x", "jane is in it"), "acme"),
            ]
        )
        found = store.look(lambda ask: [*mentions.mentions(ask, "acme", Sought.of("jane"))])
        later = store.look(lambda ask: [*mentions.mentions(ask, "acme", Sought.of("jane"), 4)])

    assert (found, later) == ([2, 3, 5, 7, 9, 11, 12], [5, 7, 9, 11, 12])


def test_what_an_operator_looked_at_over_all_tenants_is_found_too(database):
    """The digest of a name can be guessed, whoever searched for it."""
    operator = Principal("lineward", "", end_user="root")
    sought = Sought.of("jane", [Named(KB, "jane-cv.pdf")])
    looks = [
        accessed(operator, "read timeline", query="jane"),
        accessed(operator, "read impact", ["document/jane-cv.pdf"]),
        accessed(operator, "read impact", ["document/other.pdf"], "janet"),
        accessed(Principal("soc", "rival"), "read timeline", query="jane"),
    ]
    with closing(open_store(database.prepared())) as store:
        store.append(looks)
        found = store.look(lambda ask: [*mentions.mentions(ask, "acme", sought)])

    assert found == [0, 1]
