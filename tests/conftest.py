"""What several folders of tests share."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from gateway.demo import run


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The demo, run once: the folder with its configuration and data, and what it printed."""
    folder = tmp_path_factory.mktemp("demonstration")
    out = io.StringIO()
    code = run(Console(file=out, width=160, highlight=False), folder)
    assert code == 0, out.getvalue()
    return folder, out.getvalue()


@pytest.fixture
def config(demonstration: tuple[Path, str]) -> str:
    """The configuration of the demo, whose record commands can be asked about."""
    return str(demonstration[0] / "gateway.yaml")
