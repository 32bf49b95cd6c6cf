import pytest

from gateway.domain.errors import ConfigurationError
from gateway.policy.nodes import At, Listing, Scalar, read


def test_scalars_stay_as_they_were_written():
    """YAML 1.1 would make booleans of `off` and `no`, and a number of 1_0."""
    root = read("a: off\nb: no\nc: 1_0\nd: 2026-01-01\ne: 'x'", "p.yaml")

    assert [root.text(key) for key in "abcde"] == ["off", "no", "1_0", "2026-01-01", "x"]


def test_every_key_and_value_knows_its_line():
    root = read("# comment\na:\n- x\n- {b: y}\n", "p.yaml")

    listing = root.entries["a"]
    assert isinstance(listing, Listing)
    assert root.keys["a"] == At("p.yaml", 2)
    assert [item.at.line for item in listing.items] == [3, 4]


def test_nothing_is_an_empty_block():
    assert read("# only a comment\n", "p.yaml").entries == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\na: 2", "p.yaml:2: 'a' stands here twice."),
        ("a: &x 1\nb: *x", "p.yaml:1: Anchors, aliases and tags are not used in policies."),
        ("a: !!python/object:os.system x", "p.yaml:1: Anchors, aliases and tags"),
        ("a: [1", "p.yaml:1: This is not YAML"),
        ("a: b: c", "p.yaml:1: This is not YAML"),
        ("a: {b: string?}", "Inside braces, quote what ends in '?'."),
        ("- a", "p.yaml:1: A policy file must be a mapping"),
        ("a: 1\n---\nb: 2", "p.yaml:2: This is not YAML"),
        ("[a]: 1", "p.yaml:1: A key must be a single value."),
        ("a: \x07", "p.yaml:1: This is not YAML that can be read"),
        ("[" * 800, "p.yaml:1: This is not YAML"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(text, message):
    with pytest.raises(ConfigurationError) as error:
        read(text, "p.yaml")

    assert message in str(error.value)


def test_an_alias_bomb_is_not_expanded():
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))

    with pytest.raises(ConfigurationError, match="aliases"):
        read(bomb, "p.yaml")


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda root: root.only(["rules"], "a policy file"),
            "'rule' is no key of a policy file; did you mean 'rules'?",
        ),
        (lambda root: root.scalar("rule"), "'rule' must be a single value."),
        (lambda root: root.required("id", "A rule"), "A rule needs 'id'."),
        (lambda root: root.block("text"), "'text' must be a mapping"),
        (lambda root: root.blocks("text"), "'text' must be a list."),
        (lambda root: root.blocks("list"), "an item of 'list' must be a mapping"),
        (
            lambda root: Scalar(root.at, "dney").one_of(["deny", "mask"], "effect"),
            "'dney' is no effect; did you mean 'deny'?",
        ),
    ],
)
def test_a_node_of_another_shape_is_refused(ask, message):
    root = read("rule: []\ntext: x\nlist: [x]", "p.yaml")

    with pytest.raises(ConfigurationError, match=r"^p\.yaml:\d+: ") as error:
        ask(root)
    assert message in str(error.value)
