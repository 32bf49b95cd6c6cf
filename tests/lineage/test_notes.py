import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.lineage.notes import Note, Signature, Signer, VerifierKey, key_id, key_name, named_well

SIGNER = Signer("example.com/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
OTHER = Signer("example.com/log", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""The key and the note with which the signed-note format is documented."""
NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


def signed(text: str, *signers: Signer) -> Note:
    return Note(text, tuple(Signature(one.key.name, one.key.id, one.sign(text.encode())) for one in signers))


def test_the_note_of_the_formats_documentation_is_verified():
    note = Note.parse(NOTE)

    assert note.signed_by(VerifierKey.parse(PETER))
    assert str(note) == NOTE


def test_a_note_with_another_word_in_it_is_not_signed():
    assert not Note.parse(NOTE.replace("answer", "Answer")).signed_by(VerifierKey.parse(PETER))


def test_a_key_is_written_as_it_is_read():
    assert str(VerifierKey.parse(PETER)) == PETER
    assert str(VerifierKey.parse(f" {SIGNER.key}\n")) == str(SIGNER.key)
    assert (key_name(PETER), key_id(PETER).hex()) == ("PeterNeumann+c74f20a3", "c74f20a3")


@pytest.mark.parametrize(
    "text", ["", "name", "a+b+c", PETER[:-4], PETER.replace("Peter", "Petra"), PETER.replace("c74f", "c74e")]
)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(ValueError, match="verifier key"):
        VerifierKey.parse(text)

    assert key_id(text) == b""


@given(st.text(min_size=1, max_size=60).map(lambda text: text.replace("\n", " ").rstrip() + ".\n"))
def test_what_was_signed_comes_back_and_is_verified(text):
    note = Note.parse(str(signed(text, SIGNER)))

    assert note == signed(text, SIGNER)
    assert note.signed_by(SIGNER.key)
    assert not note.signed_by(OTHER.key)


def test_signatures_of_others_stand_beside_ours():
    note = Note.parse(str(signed("text\n", OTHER, SIGNER)))

    assert note.signed_by(SIGNER.key) and note.signed_by(OTHER.key)


def test_one_bad_signature_in_a_keys_name_spoils_the_note():
    good, bad = signed("text\n", SIGNER), signed("other\n", SIGNER)

    assert not Note("text\n", (*good.signatures, *bad.signatures)).signed_by(SIGNER.key)


def test_a_text_without_signatures_is_signed_by_nobody():
    note = Note.parse("origin\n1\nroot\n")

    assert (note.signatures, str(note)) == ((), "origin\n1\nroot\n")
    assert not note.signed_by(SIGNER.key)


@pytest.mark.parametrize(
    "text", ["", "no end", "text\n\n\u2014 name\n", "text\n\n\u2014 n AAAA\n", NOTE[:-1], "t\n\nx y\n"]
)
def test_what_is_no_note_is_refused(text):
    with pytest.raises(ValueError, match="not a"):
        Note.parse(text)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u2003b"])
def test_a_name_that_notes_cannot_carry_is_refused(name):
    assert not named_well(name)
    with pytest.raises(ValueError, match="no spaces"):
        Signer(name, Ed25519PrivateKey.generate())
