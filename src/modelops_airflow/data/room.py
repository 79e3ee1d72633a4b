"""How much memory this process may still take, so that what does not fit is refused instead of killed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import DataError

_MB = 1_000_000
_ASKED = 16 * _MB
"""Less is not worth a look at the limits."""
_STATUS, _GROUPS = Path("/proc/self/status"), Path("/sys/fs/cgroup")


def needs(size: int, what: str, instead: str) -> None:
    """Refuse what takes more memory than is free.

    Args:
        size: bytes, about.
        what: that takes them, for the message.
        instead: what to do about it, for the message.

    Raises:
        DataError: it does not fit.
    """
    if size < _ASKED:
        return
    for limit, taken in limits():
        if size > limit - taken:
            raise DataError(f"{what} needs about {size // _MB:,} MB of memory; the limit is {limit // _MB:,} MB, of which "
                            f"{taken // _MB:,} MB are taken; {instead}")


def limits() -> Iterator[tuple[int, int]]:
    """Bytes that the control group, the resource limits and the machine allow, and those taken; only what can be read."""
    taken = _taken()
    for limit in (*_control_groups(), *_machine()):
        yield limit, taken.get("VmRSS", 0)
    try:
        import resource
    except ImportError:  # not on Windows
        return
    for kind, name in ((resource.RLIMIT_AS, "VmSize"), (resource.RLIMIT_DATA, "VmData")):
        soft = resource.getrlimit(kind)[0]
        if soft != resource.RLIM_INFINITY:
            yield soft, taken.get(name, 0)


def _control_groups() -> Iterator[int]:
    """Of this process' group and of those that it is in (version 2), or of the container (version 1)."""
    try:
        own = next(line for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines() if line.startswith("0::"))
        folder = _GROUPS / own.removeprefix("0::").lstrip("/")
    except (OSError, StopIteration):
        folder = _GROUPS
    files = [one / "memory.max" for one in (folder, *folder.parents) if one.is_relative_to(_GROUPS)]
    for file in (*files, _GROUPS / "memory" / "memory.limit_in_bytes"):
        try:
            told = file.read_text(encoding="utf-8").strip()
        except OSError:
            continue
        if told.isdigit():  # and not max
            yield int(told)


def _machine() -> Iterator[int]:
    try:
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return


def _taken() -> dict[str, int]:
    """Bytes by name of the kernel's; empty where they cannot be read."""
    try:
        lines = _STATUS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    return {name: int(rest.split()[0]) * 1024 for name, _, rest in (line.partition(":") for line in lines) if name.startswith("Vm")}
