import pytest

from gateway.domain.decisions import Target
from gateway.domain.errors import ConfigurationError
from gateway.domain.facts import Facts
from gateway.policy.cases import cases
from gateway.policy.loading import parse
from gateway.policy.values import timestamp

RULES = "version: 1\nrules:\n- {id: r, target: chunk, effect: flag}\ntests:\n"


def read(text):
    return cases(parse({"p.yaml": RULES + text}))


def test_a_test_is_a_use_and_what_is_expected_of_it():
    (case,) = read(
        "- name: a sentence\n"
        "  given: {chunk: {source: kb, tags: [a], quality: 1}, user: {purpose: no}, dest: {self_hosted: true},"
        " now: 2026-03-01}\n"
        "  expect: {flag: r}"
    )

    assert (case.name, case.at.line, case.expected, case.rule) == ("a sentence", 5, "flag: r", "r")
    assert case.now == timestamp("2026-03-01")
    assert case.use.target is Target.CHUNK
    assert case.use.subject == Facts(source="kb", tags=("a",), quality=1.0)
    assert (case.use.user, case.use.dest) == (Facts(purpose="no"), Facts(self_hosted=True))


@pytest.mark.parametrize(
    ("subject", "target"),
    [
        ("document", Target.INGEST),
        ("finding", Target.FINDING),
        ("tool_call", Target.TOOL_CALL),
        ("prompt", Target.PROMPT),
    ],
)
def test_the_subject_of_given_tells_the_target(subject, target):
    (case,) = read(f"- {{given: {{{subject}: {{}}}}, expect: allow}}")

    assert (case.use.target, case.rule) == (target, "")


def test_built_in_rules_can_be_expected():
    assert [case.rule for case in read("- {given: {chunk: {}}, expect: {deny: tenant-isolation}}")] == [
        "tenant-isolation"
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {expect: allow}", "A test needs 'given'."),
        ("- {given: {chunk: {}}}", "A test needs 'expect'"),
        ("- {given: {chunk: {}}, expects: allow}", "'expects' is no key of a test; did you mean 'expect'?"),
        ("- {given: {user: {}}, expect: allow}", "'given' needs one subject"),
        ("- {given: {chunk: {}, prompt: {}}, expect: allow}", "'given' needs one subject"),
        ("- {given: {chunk: {}, usr: {}}, expect: allow}", "'usr' is no key of 'given'"),
        ("- {given: {chunk: {licence: x}}, expect: allow}", "did you mean 'chunk.license'?"),
        ("- {given: {chunk: {quality: x}}, expect: allow}", "'x' is no value of 'chunk.quality'"),
        ("- {given: {chunk: {tags: x}}, expect: allow}", "'chunk.tags' is a list of strings."),
        ("- {given: {chunk: {}, now: noon}, expect: allow}", "'noon' is no date or time"),
        ("- {given: {chunk: {}}, expect: deny}", "'deny' is no expectation"),
        ("- {given: {chunk: {}}, expect: {dney: r}}", "'dney' is no effect; did you mean 'deny'?"),
        ("- {given: {chunk: {}}, expect: {flag: rr}}", "This file has no rule 'rr'"),
        ("- {given: {chunk: {}}, expect: {flag: r, deny: r}}", "'expect' is allow, or {effect: rule}."),
    ],
)
def test_a_test_that_makes_no_sense_is_refused(text, message):
    with pytest.raises(ConfigurationError, match=r"^p\.yaml:5: ") as error:
        read(text)

    assert message in str(error.value)
