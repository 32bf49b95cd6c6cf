"""Signed notes, as C2SP's `signed-note` describes them: a text, and below it lines with Ed25519 signatures.

Anybody's tools for transparency logs read and check them. A key is known by its name and by four bytes that its name
and itself give, and is written `name+a1b2c3d4+base64` (a *verifier key*).
"""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
"""The signature type of Ed25519."""

_MARK = "\u2014 "
"""What a signature's line begins with: an em dash and a space."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key and the name that it signs under."""

    name: str
    public: bytes
    """32 bytes."""

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Return the key that *text* writes. Raises `ValueError` if it writes none of Ed25519."""
        name, _, rest = text.strip().partition("+")
        digits, _, encoded = rest.partition("+")
        data = _decoded(encoded)
        if data[:1] != _ED25519 or len(data) != 33:
            raise ValueError("not a verifier key of Ed25519, which is written name+hash+base64")
        key = cls(name, data[1:])
        if not named_well(name) or key.id.hex() != digits:
            raise ValueError("the verifier key's hash is not that of its name and key")
        return key

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(_ED25519 + self.public).decode()}"

    @property
    def id(self) -> bytes:
        """The four bytes by which a note names the key."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Return whether *signature* is this key's over *data*."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """A private key and the name that it signs under."""

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        if not named_well(name):
            raise ValueError("a key's name has no spaces and no plus sign, and is not empty")
        self._private = private
        self.key = VerifierKey(name, private.public_key().public_bytes_raw())
        """What checks its signatures."""
        self.written, self.id = str(self.key), self.key.id
        """The same as text, and the four bytes that name it: asked for with every batch."""

    def sign(self, data: bytes) -> bytes:
        """Return the signature over *data*."""
        return self._private.sign(data)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of a note."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_MARK}{self.name} {b64encode(self.key_id + self.signature).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, which ends with a newline, and the signatures over it; without any it is just a text."""

    text: str
    signatures: Sequence[Signature] = ()

    @classmethod
    def parse(cls, note: str) -> "Note":
        """Return what *note* says; signatures of other kinds are kept. Raises `ValueError` for what is no note."""
        text, blank, rest = note.rpartition("\n\n")
        if not blank:
            if not note.endswith("\n") or _MARK in note:
                raise ValueError("not a note: its text does not end with an empty line")
            return cls(note)
        if not rest.endswith("\n"):
            raise ValueError("not a signed note: its last line does not end")
        return cls(text + "\n", tuple(_signature(line) for line in rest[:-1].split("\n")))

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}" if self.signatures else self.text

    def signed_by(self, key: VerifierKey) -> bool:
        """Return whether *key* has signed it. A signature in its name that is not its own counts as none."""
        data = self.text.encode()
        own = [one for one in self.signatures if (one.name, one.key_id) == (key.name, key.id)]
        return bool(own) and all(key.verifies(one.signature, data) for one in own)


def key_name(key: str) -> str:
    """Return what tells the verifier key *key* from others: its name and hash."""
    return key.rpartition("+")[0] or key


def key_id(key: str) -> bytes:
    """Return the four bytes by which notes name the verifier key *key*; nothing if it is none."""
    try:
        return VerifierKey.parse(key).id
    except ValueError:
        return b""


def named_well(name: str) -> bool:
    """Return whether a key can have this *name*: no spaces, no plus sign, not empty."""
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name)


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_MARK).partition(" ")
    data = _decoded(encoded)
    if not line.startswith(_MARK) or not named_well(name) or len(data) < 5:
        raise ValueError("not a signed note: a line below its text is no signature")
    return Signature(name, data[:4], data[4:])


def _decoded(encoded: str) -> bytes:
    try:
        return b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""
