"""The option that every command takes, in a module that loads nothing else."""

import typer

CONFIG = typer.Option("--config", "-c", help="Configuration file; else LINEWARD_CONFIG.")
