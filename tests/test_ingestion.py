from pathlib import Path

import pytest

from gateway.domain.documents import Source
from gateway.domain.errors import BadRequest, ConfigurationError
from gateway.ingestion import labels_of, operator, read
from gateway.settings import load


def settings(tmp_path: Path, tenants: list[str]):
    path = tmp_path / "gateway.yaml"
    apps = "".join(f"- {{name: a{n}, key_sha256: '{n:064x}', tenant: {tenant}}}\n" for n, tenant in enumerate(tenants))
    path.write_text(
        "providers: [{name: d, kind: demo, self_hosted: true}]\nmodels: [{name: m, provider: d}]\n"
        f"retrievers: [{{kind: inline}}]\ndetectors: [{{kind: patterns}}]\napplications:\n{apps}"
    )
    return load(path, {})


def test_labels_are_names_with_values_and_some_are_lists():
    labels = labels_of(["classification=internal", "readers=hr", "tags=a,b", "quarantined=true"])

    assert dict(labels) == {"classification": "internal", "readers": ("hr",), "tags": ("a", "b"), "quarantined": True}


@pytest.mark.parametrize("wrong", ["internal", "=x", "classification="])
def test_a_label_without_name_or_value_is_refused(wrong: str):
    with pytest.raises(BadRequest) as caught:
        labels_of([wrong])

    assert caught.value.code == "invalid_label"


def test_files_are_read_by_their_loaders_under_the_named_source(tmp_path: Path):
    (tmp_path / "a.md").write_text("# A\n\nText.")
    (tmp_path / "b.txt").write_text("Plain.")

    found = read([str(tmp_path)], "s3://bucket/kb", "")

    assert found.whole is None
    assert [(one.id, one.source) for one in found.documents] == [
        ("a.md", Source("s3://bucket", "kb")),
        ("b.txt", Source("s3://bucket", "kb")),
    ]


def test_a_chroma_collection_is_read_whole_under_its_own_name_or_the_one_given(tmp_path: Path):
    address = f"chroma:{tmp_path}/docs"

    assert read([address], None, "").whole == Source("file", f"{tmp_path}/docs")
    assert read([address], "wiki://all/x", "").whole == Source("wiki://all", "x")


@pytest.mark.parametrize(
    ("paths", "collection", "sentence"),
    [
        (["/nowhere/at/all"], "kb", "no file or folder"),
        (["chroma:kb"], "", "names no Chroma collection"),
        (["chroma:/data/docs", "/tmp"], "", "alone"),
        (["chroma:/data/docs"], "kb", "leave --collection out"),
    ],
)
def test_what_cannot_be_read_is_told_before_anything_is(paths: list[str], collection: str, sentence: str):
    with pytest.raises(BadRequest, match=sentence):
        read(paths, None, collection)


def test_the_only_tenant_needs_no_name_and_several_do(tmp_path: Path):
    assert operator(settings(tmp_path, ["acme"]), None).tenant == "acme"
    assert operator(settings(tmp_path, ["acme", "rival"]), "rival").tenant == "rival"
    for tenants, named in ((["acme", "rival"], None), (["acme"], "nobody")):
        with pytest.raises(ConfigurationError):
            operator(settings(tmp_path, tenants), named)
