from datetime import UTC, datetime

import pytest

from gateway.domain.errors import BadRequest
from gateway.domain.facts import NONE, Facts
from gateway.loaders.frontmatter import FrontMatter, front_matter


def test_values_become_what_policies_read():
    text = """---
title: 2026
readers: hr
purposes: [billing, support]
expires_at: 2026-12-24
embargo_until: 2026-01-01T10:00:00
quality: 0.5
legal_hold: true
owner: null
labels:
  trust: partner
  rank: 3
  seen: 2026-01-01T10:00:00+01:00
draft: yes
---
text"""

    front = front_matter(text, "f.md")

    assert text[front.end :] == "text"
    assert front.title == "2026"
    assert front.labels == Facts(
        {
            "readers": ("hr",),
            "purposes": ("billing", "support"),
            "expires_at": datetime(2026, 12, 24, tzinfo=UTC),
            "embargo_until": datetime(2026, 1, 1, 10, tzinfo=UTC),
            "quality": 0.5,
            "legal_hold": True,
            "trust": "partner",
            "rank": 3,
            "seen": datetime(2026, 1, 1, 9, tzinfo=UTC),
        }
    )


@pytest.mark.parametrize(
    "text",
    [
        "no front matter",
        "\n---\ntitle: not at the top\n---\n",
        "---\ntitle: never closed\n",
        "---\nJust a line between two rules.\n---\n",
        "----\ntitle: x\n----\n",
        "",
    ],
)
def test_other_text_has_none(text):
    assert front_matter(text, "f.md") == FrontMatter()


def test_empty_front_matter_says_nothing():
    assert front_matter("---\n---\nrest", "f.md") == FrontMatter(end=8)


@pytest.mark.parametrize("end", ["---", "...", "---  "])
def test_it_may_be_the_whole_file(end):
    text = f"---\ntitle: T\n{end}"

    assert front_matter(text, "f.md") == FrontMatter(len(text), "T")


def test_a_document_cannot_call_itself_of_another_tenant_or_out_of_quarantine():
    assert front_matter("---\ntenant: rival\nquarantined: false\n---\n", "f.md").labels == NONE
    with pytest.raises(BadRequest, match="'tenant'"):
        front_matter("---\nlabels: {tenant: rival}\n---\n", "f.md")


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        ("title: [open", r"f\.md, line \d+: the front matter is not valid YAML"),
        ("a: b: c", r"f\.md, line 2: the front matter is not valid YAML"),
        ("when: 2026-99-99", r"f\.md: the front matter is not valid YAML"),
        ("[" * 5_000, r"f\.md: the front matter is not valid YAML"),
        ("x: !!python/object/apply:os.getcwd []", r"f\.md, line 2: the front matter is not valid YAML"),
        ("labels: secret", r"f\.md: 'labels' in the front matter must be a mapping"),
        ("labels: {deep: {er: 1}}", r"f\.md: the label 'deep' must be"),
        ("classification: [1, x]", r"f\.md: the label 'classification' must be"),
        ("labels: {quality: .nan}", r"f\.md: the label 'quality' must be"),
    ],
)
def test_what_cannot_be_read_is_refused(block, sentence):
    """Its labels would be lost, and policies would not see them."""
    with pytest.raises(BadRequest, match=sentence) as refused:
        front_matter(f"---\n{block}\n---\n", "f.md")

    assert refused.value.code == ("invalid_label" if "the label" in sentence else "invalid_front_matter")
