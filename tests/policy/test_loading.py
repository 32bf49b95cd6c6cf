import pytest

from gateway.domain.decisions import Effect, Mode, Target, Use
from gateway.domain.errors import ConfigurationError
from gateway.domain.facts import Facts
from gateway.policy.loading import load, parse

RULE = "- {id: r, target: chunk, effect: flag}\n"
EXAMPLE = """
version: 1
defaults: {unlabelled: confidential, on_error: deny}   # a mandatory default for what carries no label
schema: {chunk: {license: string, trust: int, expires_at: "timestamp?"}}   # extends the built-in attributes
rules:
- id: confidential-stays-in-house
  owner: secops@example.com
  mode: enforce
  target: chunk
  match: {chunk.classification: {in: [confidential, restricted]}, dest.self_hosted: false}
  when: 'user.purpose != "incident-response"'
  effect: drop_chunk
  explain: "{chunk.source} is {chunk.classification}; {dest.provider} is outside"
tests:
- given: {chunk: {classification: confidential}, dest: {self_hosted: false}, user: {purpose: support}}
  expect: {drop_chunk: confidential-stays-in-house}
"""


def loaded(text, **more):
    return parse({"p.yaml": text, **more}).policies


def test_the_example_of_the_design_loads_and_decides():
    policies = loaded(EXAMPLE)
    use = Use(Target.CHUNK, Facts(source="kb"), Facts(purpose="support"), Facts(self_hosted=False, provider="openai"))

    (rule,) = policies.rules
    assert (rule.id, rule.owner, rule.mode) == ("confidential-stays-in-house", "secops@example.com", Mode.ENFORCE)
    assert policies.decide(use).winner.reason == "kb is confidential; openai is outside"


def test_a_folder_is_one_set_of_all_its_yaml_files(tmp_path):
    (tmp_path / "b.yaml").write_text("version: 1\nrules:\n- {id: b, target: chunk, effect: flag}")
    (tmp_path / "a.yml").write_text("version: 1\nrules:\n- {id: a, target: chunk, effect: deny}")
    (tmp_path / "notes.md").write_text("no policy")
    (tmp_path / "policy.schema.json").write_text("{}")

    assert [rule.id for rule in load(tmp_path).rules] == ["a", "b"]


def test_a_single_file_is_a_set(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("version: 1\nrules:\n" + RULE)

    (rule,) = load(file).rules
    assert str(rule.at) == f"{file}:3"


@pytest.mark.parametrize("text", ["", "version: 1", "version: 1\nrules: []"])
def test_a_folder_without_rules_gives_a_set_that_refuses_everything(tmp_path, text):
    (tmp_path / "a.yaml").write_text(text)

    decision = load(tmp_path).decide(Use(Target.REQUEST))
    assert (decision.effect, decision.winner.rule) == (Effect.DENY, "no-policy")


def test_a_path_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="There is no policy file or folder"):
        load(tmp_path / "nowhere")


def test_a_file_that_is_no_text_is_refused(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\xff")

    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("rules: []", 1, "A policy file needs 'version'."),
        ("version: 2", 1, "This is version '2' of the policy language"),
        ("version: 1\nrule: []", 2, "'rule' is no key of a policy file; did you mean 'rules'?"),
        ("version: 1\nrules: {id: x}", 2, "'rules' must be a list."),
        ("version: 1\nrules:\n- x", 3, "an item of 'rules' must be a mapping"),
        ("version: 1\nrules:\n- {target: chunk, effect: deny}", 3, "A rule needs 'id'."),
        ("version: 1\nrules:\n- {id: r, effect: deny}", 3, "Rule 'r' needs 'target'."),
        ("version: 1\nrules:\n- {id: r, target: chunk}", 3, "Rule 'r' needs 'effect'."),
        ("version: 1\nrules:\n- {id: r, target: chunks, effect: deny}", 3, "no target; did you mean 'chunk'"),
        ("version: 1\nrules:\n- id: r\n  target: chunk\n  effekt: deny", 5, "'effekt' is no key of a rule"),
        ("version: 1\nrules:\n- id: r\n  target: chunk\n  effect: deny\n  mode: enforced", 6, "'enforced' is no mode"),
        (f"version: 1\nrules:\n{RULE}{RULE}", 4, "Rule 'r' stands already in p.yaml:3."),
        ("version: 1\nrules:\n- {id: tenant-isolation, target: chunk, effect: flag}", 3, "'tenant-isolation' is"),
        ("version: 1\ndefaults: {unlabeled: public}", 2, "'unlabeled' is no key of 'defaults'"),
        ("version: 1\ndefaults: {unlabelled: secret}", 2, "'secret' is no value of 'unlabelled'"),
        ("version: 1\ndefaults: {on_error: allow}", 2, "'allow' is no value of 'on_error'"),
        ("version: 1\nschema: {user: {x: string}}", 2, "'user' is no key of 'schema'"),
        ("version: 1\nschema: {chunk: {x: strin}}", 2, "'strin' is no type; did you mean 'string'?"),
        ("version: 1\nschema: {chunk: {x-y: string}}", 2, "'chunk.x-y' is no name"),
        ("version: 1\nschema: {chunk: {tenant: string}}", 2, "'chunk.tenant' is what Lineward itself knows"),
        ("version: 1\nschema: {chunk: {quarantined: string}}", 2, "'chunk.quarantined' is what Lineward itself knows"),
        ("version: 1\nschema: {chunk: {classification: string}}", 2, "Classifications have an order"),
        ("version: 1\nschema: {chunk: {x: [a, a]}}", 2, "must be different values"),
        ("version: 1\nschema: {chunk: {x: []}}", 2, "must be different values"),
        ("version: 1\nschema: {chunk: {x: {a: b}}}", 2, "The type of 'chunk.x' must be a single value."),
    ],
)  # fmt: skip
def test_whatever_is_not_exactly_understood_is_refused_with_its_line(text, line, message):
    with pytest.raises(ConfigurationError, match=rf"^p\.yaml:{line}: ") as error:
        loaded(text)

    assert message in str(error.value)


def test_files_share_one_schema_and_one_default():
    with pytest.raises(ConfigurationError, match=r"q\.yaml:2: Another file says 'public'"):
        loaded(
            "version: 1\ndefaults: {unlabelled: public}",
            **{"q.yaml": "version: 1\ndefaults: {unlabelled: internal}"},
        )
    with pytest.raises(ConfigurationError, match=r"q\.yaml:2: Another file declares 'chunk.x' with another type"):
        loaded("version: 1\nschema: {chunk: {x: int}}", **{"q.yaml": "version: 1\nschema: {chunk: {x: string}}"})


def test_a_declared_attribute_is_required_unless_it_says_otherwise():
    policies = loaded(
        "version: 1\nschema:\n  chunk:\n    a: string\n    b: string?\n    c: [low, high]\nrules:\n" + RULE
    )

    attributes = policies.schema.attributes
    assert [attributes[f"chunk.{name}"].required for name in "abc"] == [True, False, False]
    assert attributes["chunk.c"].choices == ("low", "high")


def test_a_mode_that_yaml_calls_false_is_off():
    (rule,) = loaded("version: 1\nrules:\n- {id: r, target: chunk, effect: flag, mode: off}").rules

    assert rule.mode is Mode.OFF


REWRITTEN = """
# other comments, other order, block style
tests: []
rules:
  - target: chunk
    explain: '{chunk.source} is {chunk.classification}; {dest.provider} is outside'
    effect: "drop_chunk"
    when: >-
      user.purpose != "incident-response"
    match:
      dest.self_hosted: FALSE
      chunk.classification:
        in:
        - restricted
        - confidential
    owner: secops@example.com
    id: confidential-stays-in-house
schema:
  chunk:
    expires_at: timestamp?
    trust: int
    license: string
defaults:
  unlabelled: confidential
version: 1
"""


def test_the_digest_stays_the_same_however_the_rules_are_written():
    assert loaded(REWRITTEN).digest == loaded(EXAMPLE).digest


def test_the_digest_does_not_depend_on_the_files():
    one = loaded(f"version: 1\nrules:\n{RULE}- {{id: s, target: chunk, effect: deny}}")
    two = loaded(
        "version: 1\nrules:\n- {id: s, target: chunk, effect: deny}", **{"q.yaml": f"version: 1\nrules:\n{RULE}"}
    )

    assert one.digest == two.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("unlabelled: confidential", "unlabelled: public"),
        ("on_error: deny", "on_error: drop_chunk"),
        ("mode: enforce", "mode: shadow"),
        ("restricted]", "public]"),
        ("incident-response", "support"),
        ("effect: drop_chunk", "effect: deny"),
        ("is outside", "is abroad"),
        ("secops@", "security@"),
        ("license: string", "license: string, colour: string"),
        ("trust: int", "trust: double"),
        ("id: confidential-stays-in-house", "id: other"),
    ],
)
def test_the_digest_changes_with_whatever_can_change_a_decision_or_its_reason(old, new):
    head, _, _ = EXAMPLE.partition("tests:")
    assert old in head

    assert loaded(head.replace(old, new)).digest != loaded(head).digest


def test_a_rule_cannot_end_before_it_begins():
    rule = "{id: r, target: chunk, since: 2026-05-01, until: 2026-05-01, effect: deny}"

    with pytest.raises(ConfigurationError, match=r"p\.yaml:3: It would end on 2026-05-01, before it begins"):
        parse({"p.yaml": f"version: 1\nrules:\n- {rule}\n"})
    parsed = parse({"p.yaml": f"version: 1\nrules:\n- {rule.replace('05-01, until', '04-30, until')}\n"})
    assert [str(one.since) for one in parsed.policies.rules] == ["2026-04-30"]
