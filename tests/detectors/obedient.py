"""A detector that does what its texts tell it: what a pool's worker may have to live with."""

import os
import signal
import stat
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gateway.domain.errors import GuardUnavailable
from gateway.domain.findings import Finding


@dataclass(frozen=True)
class ObedientDetector:
    """Finds every x. A text's first word may be an order; each is a method below."""

    load_seconds: float = 0.0
    load_order: str = ""
    """What to do instead of loading."""
    _loaded: list[object] = field(default_factory=list, init=False, compare=False)

    @property
    def version(self) -> str:
        return "obedient-1 (with a long tail)" + " really" * bool(self._loaded)

    @property
    def entities(self) -> frozenset[str]:
        return frozenset({"X", "Y"} if self._loaded else {"X"})

    async def prepare(self) -> None:
        self._sleep(str(self.load_seconds))
        self._obey(self.load_order)
        self._loaded.append(self)

    async def aclose(self) -> None:
        """Nothing is open."""

    async def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        for text in texts:
            self._obey(text)
        found = [[Finding("X", at, at + 1, 0.5, "obedient") for at, c in enumerate(t) if c == "x"] for t in texts]
        if "beyond" in texts:
            found[0].append(Finding("X", 1, 1_000, 1.0, "obedient"))
        return found[1:] if "short" in texts else found

    def _obey(self, text: str) -> None:
        order, _, argument = text.partition(" ")
        if order in (
            "die",
            "die_once",
            "hang",
            "sleep",
            "fail",
            "refuse",
            "chatter",
            "garble",
            "tally",
            "tally_to_3",
            "grow",
        ):
            getattr(self, f"_{order}")(argument)

    def _die(self, _: str) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def _tally(self, path: str) -> None:
        with Path(path).open("a") as file:
            file.write("+")
        self._die(path)

    def _tally_to_3(self, path: str) -> None:
        if not Path(path).exists() or Path(path).stat().st_size < 3:
            self._tally(path)

    def _grow(self, size: str) -> None:
        self._loaded.append(b"x" * int(size))

    def _die_once(self, mark: str) -> None:
        path = Path(mark)
        if not path.exists():
            path.touch()
            self._die(mark)

    def _hang(self, _: str) -> None:
        signal.pause()

    def _sleep(self, seconds: str) -> None:
        threading.Event().wait(float(seconds.split()[0]))

    def _fail(self, text: str) -> None:
        raise ValueError(f"a stranger's words about {text}")

    def _refuse(self, _: str) -> None:
        raise GuardUnavailable("The model is on holiday.")

    def _chatter(self, _: str) -> None:
        sys.stdout.write("a library prints\n")
        sys.stdout.flush()
        os.system("echo a program prints")

    def _garble(self, _: str) -> None:
        """Write to every pipe there is."""
        for fd in range(3, 20):
            with suppress(OSError):
                if stat.S_ISFIFO(os.fstat(fd).st_mode):
                    os.write(fd, b"\x05\x00\x00\x00hello")
