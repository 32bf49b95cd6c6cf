"""The command `lineward`, also as `python -m gateway`."""

import gc


def main() -> None:
    """Run the command. Its modules are loaded without the garbage collector, since they are there to stay."""
    gc.disable()
    from gateway.cli import main as run

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
