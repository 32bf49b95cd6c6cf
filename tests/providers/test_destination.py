from gateway.domain.facts import Facts
from gateway.providers.destination import Destination


def test_the_facts_are_what_was_configured():
    place = Destination(name="x", region="eu", self_hosted=True, zero_retention=True, trains_on_data=False)

    assert place.facts == Facts(provider="x", region="eu", self_hosted=True, zero_retention=True, trains_on_data=False)
    assert place.facts is place.facts


def test_what_nobody_configured_counts_as_its_worst():
    """A region that is not known is absent, so that a rule about it refuses."""
    assert Destination(name="x").facts == Facts(
        provider="x", self_hosted=False, zero_retention=False, trains_on_data=True
    )
