import pytest

from gateway.domain.decisions import Effect, Target
from gateway.domain.errors import ConfigurationError
from gateway.domain.facts import Facts
from gateway.policy.attributes import BUILT_IN
from gateway.policy.clauses import EFFECTS, conditions, effect, explanation, period, when
from gateway.policy.nodes import read
from gateway.policy.values import timestamp

VISIBLE = BUILT_IN.visible(Target.CHUNK)


def match(text):
    return conditions(read(f"match: {text}", "p.yaml").block("match"), VISIBLE)


@pytest.mark.parametrize(
    ("text", "operator", "operand"),
    [
        ("{chunk.source: kb}", "eq", "kb"),
        ("{chunk.residency: no}", "eq", "no"),
        ("{chunk.residency: 42}", "eq", "42"),
        ("{user.purpose: ''}", "eq", ""),
        ("{dest.self_hosted: False}", "eq", False),
        ("{chunk.quality: {lt: 0.5}}", "lt", 0.5),
        ("{chunk.quality: {gte: 1}}", "gte", 1.0),
        ("{chunk.tags: {contains: a}}", "contains", "a"),
        ("{chunk.tags: {intersects: [a, b]}}", "intersects", frozenset("ab")),
        ("{chunk.license: {exists: true}}", "exists", True),
        ("{chunk.license: {not_in: [MIT]}}", "not_in", frozenset({"MIT"})),
        ("{chunk.expires_at: {lt: 2026-03-01}}", "lt", timestamp("2026-03-01")),
        ("{chunk.expires_at: {lte: now}}", "lte", "now"),
        ("{chunk.license: now}", "eq", "now"),
        ("{chunk.classification: {gte: confidential}}", "in", frozenset({"confidential", "restricted"})),
    ],
)
def test_a_condition_is_read_by_the_type_of_its_attribute(text, operator, operand):
    (condition,) = match(text)

    assert (condition.operator, condition.operand) == (operator, operand)
    assert type(condition.operand) is type(operand)


def test_several_operators_on_one_attribute_are_several_conditions():
    assert [c.operator for c in match("{chunk.quality: {gt: 0.1, lt: 0.9}}")] == ["gt", "lt"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{chunk.licence: MIT}", "There is no attribute 'chunk.licence'; did you mean 'chunk.license'?"),
        ("{license: MIT}", "There is no attribute 'license'; did you mean 'chunk.license'?"),
        ("{finding.entity: JWT}", "This rule cannot read 'finding.entity'"),
        ("{now: 2026-03-01}", "There is no attribute 'now'"),
        ("{chunk.license: {equals: MIT}}", "'equals' is no operator for 'chunk.license'"),
        ("{chunk.license: {not: [MIT]}}", "did you mean 'not_in'?"),
        ("{chunk.license: {lt: MIT}}", "'lt' is no operator for 'chunk.license', which is a string"),
        ("{chunk.license: [MIT]}", "Which operator? Write chunk.license: {in: [...]}"),
        ("{chunk.license: {in: MIT}}", "'in' needs a list."),
        ("{chunk.license: {eq: [MIT]}}", "'eq' must be a single value."),
        ("{chunk.license: {in: [[MIT]]}}", "must be a single value."),
        ("{chunk.license: {}}", "'chunk.license' needs an operator."),
        ("{chunk.license: }", "'' is no value of 'chunk.license', which is a string."),
        ("{chunk.license: {exists: maybe}}", "'maybe' is no value of 'exists', which is true or false."),
        ("{chunk.tags: a}", "A list is not compared as a whole"),
        ("{chunk.classification: confidental}", "did you mean 'confidential'?"),
        ("{chunk.how: copied}", "one of retrieved, declared"),
        ("{dest.self_hosted: 'off'}", "'off' is no value of 'dest.self_hosted', which is true or false."),
        ("{chunk.quality: high}", "'high' is no value of 'chunk.quality', which is a number."),
        ("{chunk.quality: .nan}", "which is a number."),
        ("{chunk.expires_at: {lt: tomorrow}}", "which is a date or a time with its UTC offset"),
        ("{chunk.expires_at: {lt: '2026-03-01T12:00:00'}}", "which is a date or a time with its UTC offset"),
    ],
)
def test_a_mistaken_condition_is_refused_with_file_line_and_advice(text, message):
    with pytest.raises(ConfigurationError, match=r"^p\.yaml:1: ") as error:
        match(text)

    assert message in str(error.value)


def the_effect(text, target=Target.CHUNK):
    return effect(read(f"effect: {text}" if text else "id: x", "p.yaml"), target, "Rule 'x'")


def test_an_effect_is_one_word():
    assert the_effect("drop_chunk") == (Effect.DROP_CHUNK, Facts())


def test_a_route_knows_where_to():
    assert the_effect("{route: {to: local-llama}}") == (Effect.ROUTE, Facts(to="local-llama"))


@pytest.mark.parametrize("target", Target)
def test_every_target_can_be_denied_and_flagged(target):
    assert the_effect("deny", target)[0] is Effect.DENY
    assert the_effect("flag", target)[0] is Effect.FLAG


@pytest.mark.parametrize("target", [target for target in Target if target is not Target.FINDING])
def test_only_a_finding_can_be_pseudonymised(target):
    """A token stands for one value; the rest of the text is not the caller's to get back."""
    with pytest.raises(ConfigurationError, match="pseudonymise"):
        the_effect("pseudonymise", target)

    assert the_effect("pseudonymise", Target.FINDING)[0] is Effect.PSEUDONYMISE


def test_every_effect_but_allow_can_be_written():
    assert {*EFFECTS} == {*Effect} - {Effect.ALLOW}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Rule 'x' needs 'effect'."),
        ("dney", "'dney' is no effect; did you mean 'deny'?"),
        ("allow", "'allow' is no effect"),
        ("route", "'route' needs to know 'to': write {route: {to: ...}}."),
        ("{route: {}}", "'route' needs 'to'."),
        ("{route: {too: x}}", "'too' is no key of 'route'; did you mean 'to'?"),
        ("{deny: {to: x}}", "'to' is no key of 'deny'"),
        ("{route: x}", "The parameters of 'route' are keys and values"),
        ("{route: {to: x}, deny: {}}", "An effect is one name"),
        ("[deny]", "An effect is one name"),
    ],
)
def test_a_mistaken_effect_is_refused(text, message):
    with pytest.raises(ConfigurationError, match=r"^p\.yaml:1: ") as error:
        the_effect(text)

    assert message in str(error.value)


def test_an_effect_that_cannot_be_done_to_the_target_is_refused():
    with pytest.raises(ConfigurationError, match="'drop_chunk' cannot be done to a prompt"):
        the_effect("drop_chunk", Target.PROMPT)


def explained(text):
    return explanation(read(f"id: r\nexplain: '{text}'", "p.yaml"), VISIBLE)


def test_an_explanation_names_attributes_in_braces_and_writes_braces_twice():
    values = {"chunk.source": "kb"}

    assert explained("{{x}} {chunk.source}!").filled(values) == "{x} kb!"


def test_a_rule_without_explanation_says_that_it_applies():
    assert explanation(read("id: r", "p.yaml"), VISIBLE).filled({}) == "Rule r applies."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{chunk.sauce}", "did you mean 'chunk.source'?"),
        ("{}", "There is no attribute ''"),
        ("{chunk.source!r}", "no attribute"),
        ("{chunk.source:>9}", "no attribute"),
        ("{chunk.source", "braces of this explanation are not paired"),
    ],
)
def test_a_mistaken_explanation_is_refused(text, message):
    with pytest.raises(ConfigurationError, match=r"^p\.yaml:2: ") as error:
        explained(text)

    assert message in str(error.value)


def test_an_expression_that_does_not_compile_is_refused_at_its_line():
    with pytest.raises(ConfigurationError, match=r"^p\.yaml:2: There is no attribute 'chunk.licence'"):
        when(read("id: r\nwhen: chunk.licence == 'MIT'", "p.yaml"), VISIBLE)


def test_since_and_until_are_days():
    days = period(read("{since: 2026-12-01, until: 2026-12-31}", "p.yaml"))
    assert [str(day) for day in days] == ["2026-12-01", "2026-12-31"]
    with pytest.raises(ConfigurationError, match="'Christmas' is no date"):
        period(read("until: Christmas", "p.yaml"))
