from gateway.policy.differences import difference
from gateway.policy.loading import parse

SAME = "- {id: same, target: chunk, match: {chunk.license: MIT}, effect: flag}"
OLD = "- {id: moved, owner: a@example.com, target: chunk, match: {chunk.license: GPL}, effect: drop_chunk}"
NEW = "- {id: moved, owner: b@example.com, target: chunk, match: {chunk.license: GPL}, effect: deny}"
GONE = "- {id: gone, target: request, effect: flag}"


def policies(*rules, head=""):
    return parse({"p.yaml": f"version: 1\n{head}\nrules:\n" + "\n".join(rules)}).policies


def test_rules_come_go_and_change_field_by_field():
    found = difference(policies(SAME, OLD, GONE), policies(NEW, SAME, GONE.replace("gone", "come")))

    assert [rule["id"] for rule in found.added] == ["come"]
    assert [rule["id"] for rule in found.removed] == ["gone"]
    (changed,) = found.changed
    assert changed.id == "moved"
    assert {field.what: (field.before, field.after) for field in changed.fields} == {
        "effect": ("drop_chunk", "deny"),
        "owner": ("a@example.com", "b@example.com"),
    }
    assert not found.is_empty


def test_defaults_attributes_and_allowed_values_are_compared():
    before = policies(SAME, head="defaults: {unlabelled: internal}\nschema: {chunk: {colour: 'string?'}}")
    after = policies(
        SAME,
        head="defaults: {unlabelled: restricted}\nschema: {chunk: {colour: [red, green]}}\n"
        "allow:\n- {entities: [EMAIL_ADDRESS], values: [info@example.com]}",
    )
    found = difference(before, after)

    assert [(one.what, one.before, one.after) for one in found.defaults] == [("unlabelled", "internal", "restricted")]
    assert ("chunk.colour", "string?", "[red, green]") in [(one.what, one.before, one.after) for one in found.schema]
    assert [one["values"] for one in found.allowed] == [["info@example.com"]]
    assert [one["values"] for one in difference(after, before).no_longer_allowed] == [["info@example.com"]]


def test_other_words_order_and_comments_are_no_difference():

    assert difference(policies(SAME, GONE), policies("# a comment", GONE, SAME)).is_empty
