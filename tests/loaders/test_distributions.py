import sys

import pytest

from gateway.domain.digests import digest
from gateway.loaders.distributions import readmes


def test_installed_distributions_describe_themselves():
    found = {document.source.name: document for document in readmes()}

    assert len(found) > 20
    assert found["hypothesis"].source.namespace == "python"
    assert found["hypothesis"].id == "hypothesis/README"
    assert found["hypothesis"].title.startswith("hypothesis ")
    assert found["hypothesis"].url.startswith("https://")
    assert found["hypothesis"].labels["license"] == "MPL-2.0"


def test_order_and_contents_are_the_same_each_time():
    names = [document.id for document in readmes()]

    assert names == sorted(names, key=lambda name: name.partition("/")[0])
    assert list(readmes(limit=9)) == list(readmes())[:9]


def test_limits_hold():
    assert len(list(readmes(limit=3))) == 3
    assert all(len(document.text) <= 500 for document in readmes(max_characters=500))


def test_texts_can_be_stored_and_labels_hold_no_addresses():
    for document in readmes():
        assert document.version == digest(document.text.encode("utf-8").decode("utf-8"))
        assert "@" not in str(document.labels.get("author", ""))


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """Return a way to install a distribution with just some metadata."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])

    def install(metadata: str):
        folder = tmp_path / "thing-1.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: Thing\nVersion: 1\n" + metadata)
        return list(readmes())

    return install


def test_older_metadata_are_read_too(distribution):
    [document] = distribution(
        "Author: A. Writer <a@example.com>\nHome-page: https://example.com\nLicense: All\n rights\n"
        "Classifier: License :: OSI Approved :: MIT License\nProject-URL: Source, https://example.com/src\n\nText\n"
    )

    assert document.url == "https://example.com"
    assert document.labels["license"] == "MIT License"
    assert document.labels["author"] == "A. Writer"
    assert document.text == "Text"


@pytest.mark.parametrize("description", ["", "\nUNKNOWN\n", "\n \n"])
def test_a_distribution_without_a_description_is_left_out(distribution, description):
    assert distribution(description) == []
