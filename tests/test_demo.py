"""The demo is the main job: what it shows must have happened."""

from pathlib import Path


def test_it_shows_answers_with_their_sources_a_refusal_a_mask_and_a_whole_log(demonstration: tuple[Path, str]):
    _, shown = demonstration

    assert "README texts of installed Python packages" in shown
    assert "Extractive demo answer" in shown
    assert "2.4 million francs" in shown
    assert "HTTP 403 policy_violation" in shown
    assert "<EMAIL_ADDRESS_1>" in shown and "<CREDIT_CARD_1>" in shown
    assert "The log is whole" in shown


def test_it_never_shows_what_was_masked_or_refused_in_the_record(demonstration: tuple[Path, str]):
    _, shown = demonstration
    record = shown[shown.index("5  Where the answers came from") :]

    assert "4111" not in record and "ann.example@" not in record


def test_it_leaves_a_store_and_a_configuration_to_look_at(demonstration: tuple[Path, str]):
    folder, _ = demonstration

    assert {path.name for path in folder.iterdir()} >= {"gateway.yaml", "lineward.db", "chroma"}
