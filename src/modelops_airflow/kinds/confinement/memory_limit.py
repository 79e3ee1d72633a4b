"""A limit on what this process may take meanwhile, so that a model that grows without end is an error and no killed process."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SIZES = Path("/proc/self/statm")


@contextmanager
def at_most(more: int) -> Iterator[None]:
    """Inside, no more than so many bytes of address space can be added; what asks for more gets a MemoryError.

    Where the system does not tell the size of the process, nothing is limited.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    try:
        limit = int(_SIZES.read_text(encoding="ascii").split()[0]) * resource.getpagesize() + more
    except (OSError, ValueError, IndexError):
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (min([limit, *(one for one in (soft, hard) if one != resource.RLIM_INFINITY)]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
