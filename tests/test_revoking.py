import asyncio
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.errors import ConfigurationError, NotFound
from gateway.revoking import KeyFile, revoked
from gateway.yamlfile import parse
from tests.waiting import eventually

BLOCK = """\
# Who may ask.
applications:
  - name: bot          # on the website
    key_sha256: "aa"
    tenant: acme
  - key_sha256: bb     # the key of the shift
    name: soc
"""
FLOW = "applications: [{name: bot, key_sha256: 'aa'}, {key_sha256: bb, name: soc}]  # two\n"


def standing(path: Path) -> frozenset[str]:
    return KeyFile(path, {}).standing()


@pytest.mark.parametrize("text", [BLOCK, FLOW, BLOCK.replace("\n", "\r\n"), "\ufeff" + BLOCK])
@pytest.mark.parametrize("name", ["bot", "soc"])
def test_one_mark_is_set_and_every_other_character_stays(text: str, name: str):
    edited = revoked(text, name, "f")
    [item] = [one for one in parse(edited, "f", {})[0].root["applications"] if one["name"] == name]

    assert item["revoked"] is True
    inserted = next(
        mark for mark in ("revoked: true, ", "revoked: true\r\n    ", "revoked: true\n    ") if mark in edited
    )
    assert edited.replace(inserted, "", 1) == text
    assert revoked(edited, name, "f") == edited


def test_a_mark_that_says_no_is_turned():
    assert revoked("applications: [{name: a, revoked: false}] # x", "a", "f").endswith("revoked: true}] # x")


VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12) | st.lists(
    st.sampled_from(["app", "*", "no", "a: b"]), max_size=2
)


@settings(max_examples=40)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["tenant", "roles", "revoked: x", "models"]), VALUES), min_size=1, max_size=4
    ),
    st.data(),
    st.sampled_from([True, False, None]),
)
def test_whatever_stands_in_an_application_only_the_mark_is_added(items: list[dict], data: st.DataObject, style: bool):
    applications = [{**item, "name": f"n{at}", "key_sha256": f"{at:064x}"} for at, item in enumerate(items)]
    tree = {"server": {"port": 1}, "applications": applications, "models": ["a"]}
    chosen = data.draw(st.integers(0, len(items) - 1))
    text = yaml.safe_dump(tree, allow_unicode=True, default_flow_style=style, sort_keys=data.draw(st.booleans()))
    before = parse(text, "f", {})[0].root

    after = parse(revoked(text, f"n{chosen}", "f"), "f", {})[0].root

    assert after["applications"][chosen].pop("revoked") is True
    assert after == before


@pytest.mark.parametrize(
    "text",
    [
        "shared: &bot {name: bot, key_sha256: aa}\napplications: [*bot]",
        "applications:\n- {name: bot, revoked: }",
    ],
)
def test_where_more_would_change_nothing_does(text: str):
    with pytest.raises(ConfigurationError, match=r"f:\d+: the mark cannot be set here"):
        revoked(text, "bot", "f")


def test_an_application_that_is_not_there_is_told_with_the_nearest():
    with pytest.raises(NotFound) as caught:
        revoked(BLOCK, "bott", "f")

    assert "did you mean 'bot'" in caught.value.message


def test_the_file_keeps_its_permissions_and_links_to_it_stay(tmp_path: Path):
    real, link = tmp_path / "real.yaml", tmp_path / "gateway.yaml"
    real.write_text(BLOCK)
    real.chmod(0o640)
    link.symlink_to(real)

    assert KeyFile(link, {}).revoke("bot") and not KeyFile(link, {}).revoke("bot")
    assert link.is_symlink() and real.stat().st_mode & 0o777 == 0o640
    assert sorted(tmp_path.iterdir()) == [link, real]
    assert standing(link) == {"bb"}


@pytest.mark.parametrize("mark", ["true", "yes", "'false'", ""])
def test_a_mark_that_is_not_false_revokes(tmp_path: Path, mark: str):
    (tmp_path / "f").write_text(f"applications: [{{name: bot, revoked: {mark}, key_sha256: aa}}]")

    assert standing(tmp_path / "f") == frozenset()


def test_hashes_come_from_the_environment_too_and_in_any_case(tmp_path: Path):
    (tmp_path / "f").write_text("applications: [{key_sha256: '${SUM}'}]")

    assert KeyFile(tmp_path / "f", {"SUM": "AB"}).standing() == {"ab"}
    with pytest.raises(ConfigurationError, match="SUM is not set"):
        standing(tmp_path / "f")


async def test_whoever_watches_hears_of_a_change_and_not_of_a_file_that_cannot_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    path, heard = tmp_path / "f", asyncio.Queue()
    path.write_text(BLOCK)
    watching = asyncio.create_task(KeyFile(path, {}).watch(heard.put_nowait, 0.01))
    try:
        first = await asyncio.wait_for(heard.get(), 5)
        path.write_text("applications: {")
        await eventually(lambda: caplog.records)
        path.write_text(revoked(BLOCK, "soc", "f"))
        second = await asyncio.wait_for(heard.get(), 5)
    finally:
        watching.cancel()

    assert (first, second) == ({"aa", "bb"}, {"aa"})
    assert "those known so far count" in caplog.text and heard.empty()
