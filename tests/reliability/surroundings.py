"""Where the figures were measured: the commit and the machine, without its name."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess

from bank import POSTGRES


def commit() -> str:
    """The commit, with a plus sign if something was changed after it."""
    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()

    return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain", "--", "src", "tests") else "")


def machine() -> dict[str, str]:
    """Cores and versions."""
    told = subprocess.run([str(POSTGRES / "postgres"), "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"[\d.]+", told)
    return {"cores": str(os.cpu_count()), "Python": platform.python_version(), "SQLite": sqlite3.sqlite_version,
            "Postgres": version.group() if version else "unknown", "system": platform.system()}
