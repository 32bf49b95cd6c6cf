import timeit

import pytest

from gateway.policy.patterns import LONGEST, PatternError, compiled


@pytest.mark.parametrize(
    ("pattern", "value", "matches"),
    [
        (r"[a-z]+@example\.com", "press@example.com", True),
        (r"[a-z]+@example\.com", "press@example.com.evil.org", False),
        (r"[a-z]+@example\.com", "my press@example.com", False),
        (r"[a-z]+@example\.com", "press@example.com\n", False),
        (r"a|b", "ab", False),
        (r"\p{L}+", "Grüße", True),
        (r".", "\ud800", False),
    ],
)
def test_a_pattern_speaks_of_the_whole_value(pattern: str, value: str, matches: bool):
    assert compiled(pattern, ignore_case=False)(value) is matches


def test_case_is_ignored_where_that_is_asked():
    assert compiled("PRESS@example.com", ignore_case=True)("press@EXAMPLE.com")
    assert not compiled("PRESS@example.com", ignore_case=False)("press@example.com")


@pytest.mark.parametrize(
    "pattern", ["(", "a)|(?:b", "(?=x)x", r"(a)\1", "a{1000}{1000}", "\ud800", "x" * (LONGEST + 1)]
)
def test_what_cannot_be_matched_in_linear_time_is_refused(pattern: str):
    with pytest.raises(PatternError) as caught:
        compiled(pattern, ignore_case=False)

    assert str(caught.value).endswith(".")


def test_a_pattern_that_would_hang_other_engines_is_linear():
    matches = compiled("(a+)+b", ignore_case=False)

    seconds = timeit.timeit(lambda: matches("a" * 20_000), number=1)

    assert seconds < 0.5
