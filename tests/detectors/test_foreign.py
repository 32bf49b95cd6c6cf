import math

import pytest

from gateway.detectors.foreign import checked
from gateway.domain.findings import Finding


def test_a_finding_in_its_text_is_taken_as_it_is() -> None:
    assert checked("X", 0, 3, 1, "d", text="abc") == Finding("X", 0, 3, 1.0, "d")


@pytest.mark.parametrize(
    "row",
    [
        ("", 0, 1, 1, "d"),
        ("X", 0, 1, 1, ""),
        (None, 0, 1, 1, "d"),
        ("X", -1, 1, 1, "d"),
        ("X", 1, 1, 1, "d"),
        ("X", 2, 1, 1, "d"),
        ("X", 0, 4, 1, "d"),
        ("X", 0.0, 1, 1, "d"),
        ("X", False, 1, 1, "d"),
        ("X", 0, 1, 1.1, "d"),
        ("X", 0, 1, -0.1, "d"),
        ("X", 0, 1, math.nan, "d"),
        ("X", 0, 1, True, "d"),
        ("X", 0, 1, "1", "d"),
        ("X", 0, 1, None, "d"),
    ],
)
def test_what_is_no_finding_in_its_text_is_an_error(row: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match="a finding") as caught:
        checked(*row, text="abc")

    assert "abc" not in str(caught.value)
