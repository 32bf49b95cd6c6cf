"""Countries, US states, and towns that the words before them call places."""

import re
from collections.abc import Iterator

from gateway.detectors.shapes import CAPITALS, Shape
from gateway.domain.findings import Finding

DETECTOR = "places"

_TOWN = re.compile(rf"[{CAPITALS}](?:[pv]{{0,2}}[{CAPITALS}]){{0,3}}")
_REGION = re.compile(rf"R(?![{CAPITALS}]{{0,3}}O)")
"""A country or state that is no part of an organisation's name: `Acme India Ltd`."""
_CUE = re.compile(
    r"\b(?:based|born|located|headquartered|situated|raised|grew up|resid(?:es?|ed|ing)|liv(?:es?|ed|ing)) in "
    r"|\b(?:originally|comes?) from "
)


def places(shape: Shape) -> Iterator[Finding]:
    """Yield places in the text of *shape*."""
    for region in _REGION.finditer(shape.kinds):
        yield Finding("LOCATION", *shape.span(region), 0.7, DETECTOR)
    for cue in _CUE.finditer(shape.text):
        town = _TOWN.match(shape.kinds, shape.at(cue.end()))
        if town:
            yield Finding("LOCATION", *shape.span(town), 0.6, DETECTOR)
