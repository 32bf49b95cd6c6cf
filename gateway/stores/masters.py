"""Master keys: they wrap the keys of texts (contentkeys.py) and open nothing else.

They stand in a file of their own, which is made when the first text is kept, or come from the configuration. The first
one wraps, all of them unwrap. A key is known by a fingerprint, so that it may move from file to environment.
"""

import base64
import binascii
import contextlib
import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.engine import URL, make_url

from gateway.domain.errors import ConfigurationError, LineageUnavailable

KEY_SIZE = 32
"""Bytes of every key here: AES-256."""

OPENED = 4_096
"""Unwrapped keys that are remembered."""

_NONCE = 12
_CONTEXT = b"lineward content key v1"


class Wrapped(NamedTuple):
    """A key that is wrapped by a master key."""

    master: bytes
    """The master key's fingerprint, eight bytes."""
    sealed: bytes


class Masters:
    """The master keys in the file *path*, or *fixed* ones. Safe for several threads.

    The file is read when it is first needed and again when it has changed; it is made if it is not there.
    """

    def __init__(self, path: Path | None = None, fixed: Sequence[bytes] = ()) -> None:
        self._path = path
        self._keys = {fingerprint(key): key for key in fixed}
        self._state: tuple[int, int] | None = None
        self._lock = threading.Lock()
        self._opened: OrderedDict[tuple[bytes, bytes], bytes] = OrderedDict()

    @classmethod
    def parse(cls, keys: Mapping[str, str]) -> "Masters":
        """Return the masters *keys*, each 32 bytes in base64, the first of which wraps.

        Raises `ConfigurationError`, which tells a key's name and never the key.
        """
        return cls(fixed=[_read(text, f"store.keys: {name!r}") for name, text in keys.items()])

    @property
    def path(self) -> Path | None:
        """The file that they stand in, if they stand in one."""
        return self._path

    @property
    def known(self) -> Sequence[bytes]:
        """Fingerprints of the keys that are there now, the one that wraps first; nothing without a file."""
        with self._lock:
            self._refresh()
            return [*self._keys]

    def wrap(self, key: bytes, bound: bytes) -> Wrapped:
        """Return *key* wrapped by the current master key for the place *bound*.

        Raises `ConfigurationError` when there is none and none can be made.
        """
        with self._lock:
            self._refresh()
            if not self._keys and self._path is not None:
                _create(self._path, [os.urandom(KEY_SIZE)])
                self._refresh()
            name, master = next(iter(self._keys.items()))
        nonce = os.urandom(_NONCE)
        return Wrapped(name, nonce + AESGCM(master).encrypt(nonce, key, _CONTEXT + bound))

    def unwrap(self, wrapped: Wrapped, bound: bytes) -> bytes:
        """Return the key that is *wrapped* for the place *bound*.

        Raises `LineageUnavailable` without the master key that wrapped it, `ValueError` if it was altered or moved.
        """
        with self._lock:
            known = self._opened.get((wrapped.sealed, bound))
            if known is not None:
                return known
            if wrapped.master not in self._keys:
                self._refresh()
            master = self._keys.get(wrapped.master)
        if master is None:
            raise LineageUnavailable(
                f"the texts of the lineage record are sealed with the key {wrapped.master.hex()}, "
                f"which is not in {self.where}"
            )
        try:
            key = AESGCM(master).decrypt(wrapped.sealed[:_NONCE], wrapped.sealed[_NONCE:], _CONTEXT + bound)
        except (InvalidTag, ValueError):
            raise ValueError("a wrapped key was altered or moved") from None
        with self._lock:
            self._opened[wrapped.sealed, bound] = key
            if len(self._opened) > OPENED:
                self._opened.popitem(last=False)
        return key

    def forget(self) -> None:
        """Remember no unwrapped key any more."""
        with self._lock:
            self._opened.clear()

    def rotate(self) -> bytes:
        """Put a new key before the others in the file and return its fingerprint.

        Raises `ConfigurationError` when they stand in no file, or it cannot be written.
        """
        if self._path is None:
            raise ConfigurationError("store.keys: put a new key before the others yourself, then run this again")
        key = os.urandom(KEY_SIZE)
        with self._lock:
            self._refresh()
            _replace(self._path, [key, *self._keys.values()])
        return fingerprint(key)

    def drop(self, keep: Sequence[bytes]) -> None:
        """Leave only the keys with the fingerprints *keep* in the file. Raises `ConfigurationError`."""
        if self._path is not None:
            with self._lock:
                self._refresh()
                _replace(self._path, [key for name, key in self._keys.items() if name in keep])

    @property
    def where(self) -> str:
        """Where the keys come from, for a sentence."""
        return f"store.key_file ({self._path})" if self._path is not None else "store.keys"

    def _refresh(self) -> None:
        """Read the file if it is another than the last time."""
        if self._path is None:
            return
        try:
            found = self._path.stat()
            state = (found.st_ino, found.st_mtime_ns)
            if state == self._state:
                return
            lines = self._path.read_text("ascii").splitlines()
        except FileNotFoundError:
            self._keys, self._state = {}, None
            return
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigurationError(f"store.key_file: {self._path} cannot be read: {type(exc).__name__}") from None
        keys = [_read(line, f"store.key_file: {self._path}") for line in lines if line.strip()]
        if not keys:
            raise ConfigurationError(f"store.key_file: {self._path} holds no key")
        self._keys, self._state = {fingerprint(key): key for key in keys}, state


def chosen_masters(url: str, file: Path | None, keys: Mapping[str, str]) -> Masters:
    """Return the masters of the store at *url*: those in *file*, or *keys*; without either the usual ones.

    Raises `ConfigurationError` for both at once, and for bad keys.
    """
    if file is not None and keys:
        raise ConfigurationError("store.keys: the keys of texts stand here or in store.key_file, not in both")
    if keys:
        return Masters.parse(keys)
    return Masters(file) if file is not None else default_masters(make_url(url))


def default_masters(url: URL) -> Masters:
    """Return the masters of the store at *url* when nothing names any: a file beside the database.

    For a server it is `data/lineward.key`, which must be the same for everybody who writes to it.
    """
    return Masters(Path(f"{url.database}.key") if url.drivername == "sqlite" else Path("data/lineward.key"))


def fingerprint(key: bytes) -> bytes:
    """Return the eight bytes that name the master *key*."""
    return sha256(_CONTEXT + key).digest()[:8]


def _read(text: str, what: str) -> bytes:
    try:
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        raise ConfigurationError(f"{what} is not base64") from None
    if len(key) != KEY_SIZE:
        raise ConfigurationError(f"{what} has {len(key)} bytes, not {KEY_SIZE}")
    return key


def _create(path: Path, keys: Sequence[bytes]) -> None:
    """Write *keys* into the file *path* unless it is there: of several processes one makes it whole."""
    with _writing(path, keys) as made, contextlib.suppress(FileExistsError):
        os.link(made, path)


def _replace(path: Path, keys: Sequence[bytes]) -> None:
    with _writing(path, keys) as made:
        made.replace(path)


@contextlib.contextmanager
def _writing(path: Path, keys: Sequence[bytes]) -> Iterator[Path]:
    """Lend a file beside *path* that holds *keys*, for its owner alone, and is on disk."""
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"".join(base64.b64encode(key) + b"\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        yield made
    except OSError as exc:
        raise ConfigurationError(f"store.key_file: {path} cannot be written: {exc.strerror}") from None
    finally:
        made.unlink(missing_ok=True)
