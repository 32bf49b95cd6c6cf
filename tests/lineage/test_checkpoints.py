import pytest

from gateway.domain.records import TreeHead
from gateway.lineage.checkpoints import Checkpoint
from gateway.lineage.merkle import EMPTY_ROOT
from gateway.lineage.notes import Note
from tests.lineage.test_notes import OTHER, SIGNER

CHECKPOINT = Checkpoint("example.com/log", TreeHead(20, EMPTY_ROOT))
TEXT = "example.com/log\n20\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"


def test_a_checkpoint_is_three_lines():
    assert str(CHECKPOINT) == TEXT
    assert Checkpoint.parse(TEXT) == CHECKPOINT


def test_further_lines_are_passed_over():
    assert Checkpoint.parse(TEXT + "an extension\n") == CHECKPOINT


def test_a_signed_checkpoint_is_a_note_that_its_key_verifies():
    note = Note.parse(str(CHECKPOINT.note(SIGNER.key, CHECKPOINT.signed(SIGNER))))

    assert note.text == TEXT
    assert note.signed_by(SIGNER.key)
    assert not note.signed_by(OTHER.key)


def test_an_unsigned_checkpoint_is_its_text():
    assert str(CHECKPOINT.note()) == TEXT


@pytest.mark.parametrize(
    "text",
    ["", "\n1\nAAAA\n", "o\n-1\n" + TEXT.split("\n")[2] + "\n", "o\n01\n" + TEXT.split("\n")[2] + "\n", "o\n1\nAAAA\n",
     "o\n1\n!\n", "o\n\u0661\nAAAA\n", TEXT.rstrip("\n")],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(ValueError, match="not a checkpoint"):
        Checkpoint.parse(text)
