"""How much memory this program took at the most since it began; not what its parent had before it."""

from __future__ import annotations

import resource
from pathlib import Path


def most_memory() -> int:
    """Bytes. `getrusage` would count the parent's too, from between fork and exec: a test runner's hundreds of megabytes."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return next(int(line.split()[1]) * 1024 for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
