"""The command `lineward`, also as `python -m gateway`."""

import gc
import sys
from collections.abc import Callable, Sequence


def main() -> None:
    """Run the command. Its modules are loaded without the garbage collector, since they are there to stay."""
    gc.disable()
    run = command(sys.argv[1:])
    gc.freeze()
    gc.enable()
    run()


def command(arguments: Sequence[str]) -> Callable[[], None]:
    """Return what *arguments* ask for. What serves for weeks is loaded without what other commands need."""
    if arguments[:1] == ["serve"]:
        from gateway.commands.serve import loaded

        return loaded(arguments[1:])
    from gateway.cli import main as every

    return every


if __name__ == "__main__":
    main()
