"""What a hostile input may cost, and that nothing it causes leaves the machine."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from modelops_airflow.errors import ModelOpsError
from modelops_airflow.spec.document import HIDDEN
from modelops_airflow.spec.problem import SpecError

SECONDS = 2.0
MEGABYTES = 512
LOCATED = re.compile(r"[^\n]+?:\d+:\d+: [A-Z]+\d{3} [^\n]+")
_LOCAL_NAMES = frozenset({"localhost", "testserver", "", None})

_armed: list[list[str]] = []


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _armed or event not in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        return
    host = arguments[0] if event in ("socket.getaddrinfo", "socket.gethostbyname") else arguments[1]
    host = host[0] if isinstance(host, tuple) else host
    host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not _local(host, event):
        _armed[-1].append(f"{event} {host!r}")
        raise PermissionError(f"a test tried to leave the machine: {event} {host!r}")


def _local(host: Any, event: str) -> bool:
    if host in _LOCAL_NAMES or (event == "socket.connect" and isinstance(host, str) and host.startswith("/")):
        return True
    try:
        return ip_address(str(host)).is_loopback
    except ValueError:
        return False


sys.addaudithook(_hook)  # it cannot be removed; it does nothing outside `nothing_leaves`


@contextmanager
def nothing_leaves() -> Iterator[list[str]]:
    """Block every request to another machine and collect what was tried, however it was swallowed."""
    tried: list[str] = []
    _armed.append(tried)
    try:
        yield tried
    finally:
        _armed.remove(tried)


@dataclass
class Watch:
    """Counts inputs and keeps what went wrong; processor seconds, so that a busy machine is no fault.

    Attributes:
        slowest_s: processor seconds of the slowest input, which must stay below the limit.
        slowest_wall_s: seconds of the slowest on a clock on the wall; told, and no fault.
    """

    inputs: int = 0
    slowest_s: float = 0.0
    slowest_wall_s: float = 0.0
    tracebacks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def take(self, told: str, act: Callable[[], Any]) -> None:
        """Do something with one input: it works, or it ends in an error for people."""
        self.inputs += 1
        started, began = time.process_time(), time.perf_counter()
        try:
            act()
        except SpecError as error:
            self._look(told, str(error).split("\n"), LOCATED)
        except ModelOpsError as error:
            self._look(told, str(error).split("\n"), None)
        except Exception as error:
            self.tracebacks.append(f"{told}: {type(error).__name__}: {str(error)[:200]}")
        spent = time.process_time() - started
        self.slowest_s = max(self.slowest_s, spent)
        self.slowest_wall_s = max(self.slowest_wall_s, time.perf_counter() - began)
        if spent > SECONDS:
            self.faults.append(f"{told}: {spent:.1f} s")

    def _look(self, told: str, lines: list[str], shape: re.Pattern[str] | None) -> None:
        """Every line is located, short, and shows what it says."""
        for line in lines:
            if (shape and not shape.fullmatch(line)) or HIDDEN.search(line) or len(line) > 2000 or not line.strip():
                self.faults.append(f"{told}: {line[:200]!r}")
                return

    def figures(self, tried: list[str], largest_mb: float) -> dict[str, Any]:
        """For the report."""
        return {"inputs": self.inputs, "tracebacks": len(self.tracebacks), "faults": len(self.faults),
                "slowest_s": round(self.slowest_s, 2), "slowest_wall_s": round(self.slowest_wall_s, 2), "largest_mb": round(largest_mb), "outgoing": len(tried)}
