"""The file with the key that signs checkpoints: PKCS #8 in PEM, an Ed25519 key, readable by its owner alone."""

import contextlib
import os
import secrets
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.domain.errors import ConfigurationError
from gateway.domain.runs import KeyActivated, RunEvent, RunState
from gateway.lineage.notes import Signer, VerifierKey, key_name, named_well


def read_signer(path: Path, origin: str) -> Signer | None:
    """Return what signs with the key in the file *path* in the name of the log *origin*; `None` without the file.

    Raises `ConfigurationError` for a file that holds no such key or cannot be read, and for an unfit *origin*.
    """
    if not named_well(origin):
        raise ConfigurationError("log.origin: a log that is signed has a name without spaces and plus signs")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise ConfigurationError(f"log.signing_key_file: {path} cannot be read: {exc.strerror}") from None
    # Imported here: it takes 2 MB with all the formats that it reads, and a log need not be signed.
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigurationError(f"log.signing_key_file: {path} holds no private key in PEM without password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(f"log.signing_key_file: the key in {path} is not of Ed25519")
    return Signer(origin, key)


def create_signer(path: Path, origin: str) -> Signer:
    """Return what signs with the key in the file *path*, which is made if it is not there, with a key of its own.

    It comes into being whole: of several processes one makes it and the others read it. Raises `ConfigurationError`
    if it cannot be written.
    """
    known = read_signer(path, origin)
    if known is not None:
        return known
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.generate()
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(made, data)
            with contextlib.suppress(FileExistsError):
                os.link(made, path)
        finally:
            made.unlink(missing_ok=True)
    except OSError as exc:
        raise ConfigurationError(f"log.signing_key_file: {path} cannot be written: {exc.strerror}") from None
    return read_signer(path, origin) or Signer(origin, key)


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def signer_for(path: Path | None, origin: str, signing: Sequence[str]) -> Signer | None:
    """Return what signs a log whose keys are *signing* now with the key in the file *path*; nothing without a path.

    For a log that is not signed yet the file is made if it is not there. Raises `ConfigurationError` when a signed log
    would be continued with another key, or with none.
    """
    known = ", ".join(map(key_name, signing))
    if path is None:
        if signing:
            raise ConfigurationError(f"log.signing_key_file: the log is signed with the key {known}; name its file")
        return None
    if not signing:
        return create_signer(path, origin)
    signer = read_signer(path, origin)
    if signer is None:
        raise ConfigurationError(f"log.signing_key_file: {path} is not there, but the log is signed with {known}")
    if str(signer.key) not in signing:
        raise ConfigurationError(
            f"log.signing_key_file: the log is signed with {known}, not with {key_name(str(signer.key))}; "
            "`lineward keys rotate` hands over from one key to the next"
        )
    return signer


def activation(key: VerifierKey, retires: Sequence[str] = ()) -> RunEvent:
    """Return the event that *key* signs from now on, and that *retires* no longer do.

    Its id is the key's, so that of several processes that begin at once only one brings it.
    """
    name = str(UUID(bytes=sha256(f"{key} {' '.join(retires)}".encode()).digest()[:16]))
    return RunEvent(run=name, state=RunState.COMPLETE, body=KeyActivated(str(key), tuple(retires)), tenant="", id=name)
