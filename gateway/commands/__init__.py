"""The subcommands of `lineward`, a module for each group; `cli.py` puts them together."""
