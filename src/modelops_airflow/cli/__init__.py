"""The `modelops` command: one group of commands a file; heavy things are imported by the command that needs them."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from .app import run_app

    run_app()
