import time
from datetime import UTC, datetime

import pytest

from gateway.domain.decisions import Target
from gateway.policy.attributes import BUILT_IN
from gateway.policy.expressions import ExpressionError, compiled
from gateway.policy.readings import Reading, Unreadable

VISIBLE = BUILT_IN.visible(Target.CHUNK)
TEN = "[1,2,3,4,5,6,7,8,9,10]"
BOMB = "true"
for letter in "abcde":
    BOMB = f"{TEN}.all({letter}, {BOMB})"


def holds(text, **values):
    return compiled(text, VISIBLE).holds(Reading({name.replace("__", "."): value for name, value in values.items()}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('user.purpose == "support"', True),
        ("user.purpose in chunk.purposes", False),
        ('chunk.purposes.exists(p, p.startsWith("pay"))', True),
        ("has(chunk.license)", False),
        ("has( chunk.purposes )", True),
        ('has(chunk.license) && chunk.license == "MIT"', False),
        ('!has(chunk.license) || chunk.license == "MIT"', True),
        ('chunk.license == "MIT" || true', True),
        ("chunk . purposes.size() == 1 // chunk.nothing", True),
        ('user.purpose == "has(chunk.nothing) user.nothing"', False),
        ("user.purpose != 'a\\'chunk.nothing'", True),
        (r'user.purpose.matches(r"^(support|chunk\.nothing)$")', True),
        ('user.purpose != """chunk.nothing"""', True),
    ],
)
def test_an_expression_is_evaluated_on_the_attributes_of_the_use(text, expected):
    assert holds(text, user__purpose="support", chunk__purposes=("payroll",)) is expected


def test_now_is_a_timestamp():
    values = {"now": datetime(2026, 3, 1, tzinfo=UTC), "chunk.expires_at": datetime(2026, 3, 2, tzinfo=UTC)}
    expression = compiled('chunk.expires_at - now < duration("48h")', VISIBLE)

    assert expression.holds(Reading(values)) is True
    assert expression.references == ("chunk.expires_at", "now")


def test_references_are_what_is_read_each_once():
    expression = compiled('has(chunk.license) && chunk.license != user.purpose + "chunk.tags"', VISIBLE)

    assert expression.references == ("chunk.license", "user.purpose")
    assert expression.present == {"chunk.license"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('chunk.licence == "MIT"', "no attribute 'chunk.licence'; did you mean 'chunk.license'?"),
        ("has(chunk.licence)", "no attribute 'chunk.licence'; did you mean 'chunk.license'?"),
        ('chnk.license == "MIT"', "did you mean 'chunk.license'?"),
        ('finding.entity == "JWT"', "This rule cannot read 'finding.entity'"),
        ("chunk.license == 1", "line 1, column 15: found no matching overload for '_==_' applied to '(string, int)'"),
        ("has(chunk.license) == 1", "applied to '(bool, int)'"),
        ('true &&\n  chunk.quality > "a"', "line 2, column 17"),
        ("chunk.license", "of type string, not true or false"),
        ("dyn(true)", "of type dyn, not true or false"),
        ("1 +", "line 1, column 4: mismatched input"),
        ("chunk.license.lowerAscii() == 'a'", "undeclared reference to 'lowerAscii'"),
        ("has(chunk)", "In the expression, line 1"),
        ("has(chunk.license.size)", "In the expression, line 1"),
        ('user.purpose.matches("(a")', "no RE2"),
        ('.user.purpose == "a"', "write `chunk.source`"),
        (BOMB, "too many steps, whatever it reads"),
        ("(" * 300 + "true" + ")" * 300, "nested too deeply"),
        ("true || " * 1000 + "true", "at most 4096 characters"),
    ],
)
def test_a_flawed_expression_is_refused_before_it_is_used(text, message):
    with pytest.raises(ExpressionError) as error:
        compiled(text, VISIBLE)

    assert message in str(error.value)


@pytest.mark.parametrize(
    ("text", "attribute", "sentence"),
    [
        ('chunk.license == "MIT"', "chunk.license", "chunk.license is missing."),
        ('has(chunk.license) || chunk.owner == "me"', "chunk.owner", "chunk.owner is missing."),
        ('has(chunk.trust) || user.purpose == "x"', "chunk.trust", "chunk.trust is odd."),
        ('chunk.trust == "x"', "chunk.trust", "chunk.trust is odd."),
        ("user.groups[7] == user.purpose", "", "its expression cannot be evaluated on these values."),
    ],
)
def test_what_cannot_be_evaluated_names_the_attribute_at_fault(text, attribute, sentence):
    reading = Reading({"user.purpose": "x", "user.groups": ("g",)}, {"chunk.trust": "chunk.trust is odd."})

    with pytest.raises(Unreadable) as error:
        compiled(text, VISIBLE).holds(reading)
    assert (error.value.attribute, str(error.value)) == (attribute, sentence)


def test_a_bomb_that_needs_long_labels_is_stopped_when_it_meets_them():
    bomb = compiled("chunk.tags.all(a, chunk.tags.all(b, chunk.tags.all(c, a + b + c != '')))", VISIBLE)
    start = time.perf_counter()

    with pytest.raises(Unreadable, match="too many steps"):
        bomb.holds(Reading({"chunk.tags": ("x",) * 500}))
    assert time.perf_counter() - start < 1


def test_text_that_utf_8_cannot_say_is_an_error_and_no_crash():
    with pytest.raises(Unreadable, match="cannot be evaluated"):
        holds('chunk.license == "MIT"', chunk__license="\ud800")


def test_an_error_never_repeats_a_value():
    with pytest.raises(Unreadable) as error:
        holds('"a".matches(chunk.license)', chunk__license="(123-45-6789")

    assert "123" not in str(error.value)


NUMBERS = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"


def chain(link, times, end):
    """Loops within loops, each with the value of the one around it."""
    opened = "".join(f"[{link.format(f'x{n - 1}') if n else 'chunk.source'}].exists(x{n}, " for n in range(times))
    return opened + end.format(f"x{times - 1}") + ")" * times


@pytest.mark.parametrize(
    ("bomb", "sentence"),
    [
        ("".join(f"{NUMBERS}.all(x{n}, " for n in range(8)) + "true" + ")" * 8, "too many steps"),
        (chain("{0} + {0}", 40, '{} == "y"'), "too much memory"),
        (chain("{0} + {0} + {0} + {0}", 12, '{} == "y"'), "too much memory"),
        ('["aaaaaaaaaaaaaaaa"]' + ".map(a, a + a)" * 40 + '.exists(z, z == "x")', "too much memory"),
        ("[[1]]" + ".map(a, a + a)" * 40 + ".exists(z, size(z) == 3)", "too much memory"),
        (
            "[[1, 1]].exists(x0, "
            + "".join(f"[[x{n - 1}, x{n - 1}]].exists(x{n}, " for n in range(1, 40))
            + "x39 == x39"
            + ")" * 40,
            "too much memory",
        ),
    ],
)
def test_a_bomb_is_refused_before_it_is_tried(bomb, sentence):
    with pytest.raises(ExpressionError, match=sentence):
        compiled(bomb, VISIBLE)


def test_a_bomb_whose_steps_depend_on_what_it_reads_cannot_be_judged_then():
    bomb = "chunk.tags.all(a, chunk.tags.all(b, chunk.tags.all(c, a != b || b != c || c == a)))"
    many = Reading({"chunk.tags": tuple(map(str, range(400)))})

    with pytest.raises(Unreadable, match="too many steps"):
        compiled(bomb, VISIBLE).holds(many)


def test_the_largest_value_that_is_let_through_stays_small():
    largest = compiled(chain("{0} + {0}", 8, '{} == "y"'), VISIBLE)

    assert largest.holds(Reading({"chunk.source": "a" * 10_000})) is False


@pytest.mark.parametrize(
    "harmless",
    [
        " && ".join(f'chunk.tags.exists(t, t == "{n}")' for n in range(20)),
        "chunk.tags.exists(t, " + " || ".join(f't == "{n}"' for n in range(100)) + ")",
        'chunk.tags.exists(t, user.groups.exists(g, g + "-read" == t || t == "all" || g == "admins"))',
        "'.map(a, a + a)' in chunk.tags",
    ],
)
def test_loops_that_people_write_are_no_bombs(harmless):
    assert compiled(harmless, VISIBLE).holds(Reading({"chunk.tags": ("x",), "user.groups": ("y",)})) is False
