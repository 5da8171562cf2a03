"""The command line. Data goes to stdout, the log to stderr; heavy imports happen inside the commands."""

from reconciler.cli.main import main

__all__ = ["main"]
