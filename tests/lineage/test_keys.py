import stat
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.domain.errors import ConfigurationError
from gateway.domain.runs import KeyActivated
from gateway.lineage.keys import activation, create_signer, read_signer, signer_for

ORIGIN = "example.com/log"


def test_a_key_that_is_made_is_its_owners_alone(tmp_path):
    made = create_signer(tmp_path / "keys" / "log.key", ORIGIN)
    read = read_signer(tmp_path / "keys" / "log.key", ORIGIN)

    assert read is not None and read.key == made.key
    assert stat.S_IMODE((tmp_path / "keys" / "log.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["log.key"]


def test_of_many_who_make_the_key_all_get_the_same(tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(create_signer(tmp_path / "k", ORIGIN))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({str(one.key) for one in found}) == 1
    assert len(found) == 8


def test_a_log_that_is_not_signed_gets_a_key(tmp_path):
    first = signer_for(tmp_path / "log.key", ORIGIN, [])
    again = signer_for(tmp_path / "log.key", ORIGIN, [str(first.key)])

    assert again.key == first.key


def test_without_a_file_nothing_is_signed():
    assert signer_for(None, ORIGIN, []) is None


def test_a_signed_log_is_not_continued_without_its_key(tmp_path):
    key = str(create_signer(tmp_path / "log.key", ORIGIN).key)
    with pytest.raises(ConfigurationError, match="name its file"):
        signer_for(None, ORIGIN, [key])
    with pytest.raises(ConfigurationError, match="is not there, but the log is signed"):
        signer_for(tmp_path / "lost.key", ORIGIN, [key])
    create_signer(tmp_path / "other.key", ORIGIN)
    with pytest.raises(ConfigurationError, match="keys rotate"):
        signer_for(tmp_path / "other.key", ORIGIN, [key])

    assert not (tmp_path / "lost.key").exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match=r"log\.signing_key_file: .* cannot be"):
        signer_for(tmp_path / "file" / "log.key", ORIGIN, [])


def test_a_file_with_something_else_in_it_is_refused_and_stays(tmp_path):
    path = tmp_path / "log.key"
    path.write_text("ssh-ed25519 AAAA")
    with pytest.raises(ConfigurationError, match="no private key in PEM"):
        create_signer(path, ORIGIN)
    rsa = generate_private_key(65537, 2048)
    path.write_bytes(rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ConfigurationError, match="not of Ed25519"):
        read_signer(path, ORIGIN)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_signer(tmp_path, ORIGIN)

    assert path.read_bytes().startswith(b"-----BEGIN")


def test_an_origin_that_notes_cannot_carry_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="without spaces"):
        read_signer(tmp_path / "k", "my log")


def test_a_key_comes_to_the_log_once(tmp_path):
    key = create_signer(tmp_path / "k", ORIGIN).key

    assert activation(key).id == activation(key).id != activation(key, ["old"]).id
    assert activation(key, ["old"]).body == KeyActivated(str(key), ("old",))
