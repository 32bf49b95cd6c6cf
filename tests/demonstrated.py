"""The demo's data, for tests of whatever asks about them or changes them."""

import shutil
from pathlib import Path

from gateway.domain.digests import Digest, digest


def copied(house: Path, folder: Path) -> str:
    """Copy the configuration in *house*, and the data there, into *folder*; return the path of the copy."""
    shutil.copytree(house, folder, dirs_exist_ok=True)
    config = folder / "gateway.yaml"
    config.write_text(config.read_text().replace(str(house), str(folder)))
    return str(config)


def contents(folder: Path) -> dict[Path, Digest]:
    """Return what every file in *folder* holds."""
    return {path: digest(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}
