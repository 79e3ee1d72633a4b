"""The most memory that a process has held."""

from __future__ import annotations

from pathlib import Path


def most_memory() -> int:
    """Bytes, of this process since its program began.

    Not `ru_maxrss`: on Linux that starts at what the parent held when it started this process.
    """
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
