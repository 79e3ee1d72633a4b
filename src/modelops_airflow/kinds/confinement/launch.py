"""Starts somebody's program inside the jail: three processes, of which the last becomes the program.

The first leaves the host's name spaces. The second is the first process of the new ones: when it ends, or is killed
with its group, the kernel ends everything that the program has started, whatever that did to hide. The third gives
up what a program does not need and becomes the program. Orders come by one pipe, how it went is told by another, and
the program has neither.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from typing import Any

from .lockdown import HOOK_ONLY, LANDLOCK, OWN_NETWORK, READABLE, end_with_parent, give_up, leave_host
from .system_calls import refuse_calls

_DIED = 1


def main() -> None:
    """Read the orders, start the program, tell how it ended."""
    source, report = (int(one) for one in sys.argv[2:4])
    with os.fdopen(source, "rb") as pipe:
        orders: dict[str, Any] = json.loads(pipe.read())
    os.set_inheritable(report, False)
    apart = leave_host()
    first = os.fork()
    if first:
        _without_pipes()
        os.waitpid(first, 0)
        os._exit(0)
    end_with_parent()
    child = os.fork()
    if not child:
        _become(orders, report, apart=apart)
    _without_pipes()
    while True:
        ended, status = os.wait()
        if ended == child:
            _tell(report, ended=os.waitstatus_to_exitcode(status))
            os._exit(0)


def _become(orders: dict[str, Any], report: int, *, apart: bool) -> None:
    """Lock this process and run the program in it; it never returns."""
    try:
        for one in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):  # Python has its own ways with them
            signal.signal(one, signal.SIG_DFL)
        _close_others(report)
        landlocked = give_up(memory=orders["memory"], seconds=orders["seconds"], tasks=orders["tasks"],
                             readable=[os.path.realpath(one) for one in (*orders["readable"], *READABLE)], runs=orders["runs"])
        filtered = refuse_calls(processes=orders["processes"], signals=True)
        held = {"network": OWN_NETWORK if apart else HOOK_ONLY, "files": LANDLOCK if landlocked else HOOK_ONLY, "calls": filtered}
        _tell(report, **held)
        if apart and landlocked and filtered:
            os.chdir(orders["folder"])
            os.execve(orders["argv"][0], orders["argv"], orders["environment"])  # noqa: S606 - no shell is the point
    except BaseException as error:
        _tell(report, error=f"{type(error).__name__}: {error}"[:300])
    os._exit(_DIED)


def _without_pipes() -> None:
    """The program alone holds its pipes, so that their other ends see when it closes them."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for one in range(3):
        os.dup2(nowhere, one)


def _close_others(report: int) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    os.closerange(3, report)
    os.closerange(report + 1, min(most, 1 << 20))


def _tell(report: int, **facts: object) -> None:
    os.write(report, json.dumps(facts).encode() + b"\n")
