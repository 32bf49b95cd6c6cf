from contextlib import closing

from gateway.domain.accesses import accessed
from gateway.domain.digests import new_id
from gateway.domain.principals import Principal
from gateway.domain.runs import IncidentChanged, IncidentStep, RunEvent, RunState
from gateway.stores import mentions
from gateway.stores.holding import placed
from gateway.stores.opening import open_store
from tests.stores.material import run

SOC = Principal("soc", "acme")


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
            ]
        )
        found = store.look(lambda ask: [*mentions.mentions(ask, "acme", "jane")])
        later = store.look(lambda ask: [*mentions.mentions(ask, "acme", "jane", 4)])

    assert (found, later) == ([2, 3, 5, 7], [5, 7])
