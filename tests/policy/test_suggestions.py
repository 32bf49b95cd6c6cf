from gateway.policy.suggestions import near, no_attribute

VISIBLE = ["chunk.license", "chunk.source", "user.purpose", "now"]


def test_a_near_name_is_proposed():
    assert near("enforc", ["enforce", "shadow"]) == "; did you mean 'enforce'?"


def test_without_a_near_name_all_are_listed():
    assert near("xyz", ["enforce", "shadow"]) == "; known are enforce, shadow."


def test_a_wrong_attribute_is_looked_for_in_its_own_namespace():
    assert (
        no_attribute("chunk.licence", VISIBLE) == "There is no attribute 'chunk.licence'; did you mean 'chunk.license'?"
    )


def test_another_target_s_namespace_is_explained():
    assert no_attribute("finding.entity", VISIBLE) == (
        "This rule cannot read 'finding.entity': its target knows chunk, now, user."
    )


def test_a_mistyped_namespace_is_corrected():
    assert no_attribute("chunks.source", VISIBLE).endswith("did you mean 'chunk.source'?")
