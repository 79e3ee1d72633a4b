"""Gives up, inside the jailed process, everything that scoring does not need. There is no way back.

From the kernel hold: limits on resources, no network (a name space of its own), reading of a few folders
alone (Landlock), no calls that no model needs (seccomp), no new privileges. Where a system lacks the name space or
Landlock the answer says so and no model is loaded; a stranger's code or program needs seccomp as well. On top an
audit hook refuses files, sockets and programs; it holds against Python code and not against machine code.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sys
from collections.abc import Iterable
from dataclasses import InitVar, dataclass
from typing import Any

from .landlock import only_read
from .system_calls import refuse_calls

_NEW_USER, _NEW_NET, _NEW_IPC, _NEW_PROCESSES = 0x10000000, 0x40000000, 0x08000000, 0x20000000
_NO_NEW_PRIVILEGES, _DIE_WITH_PARENT, _SIGKILL = 38, 1, 9
_NOBODY = 65534
HOOK_ONLY, OWN_NETWORK, LANDLOCK = "audit hook only", "own name space", "Landlock"
_KEY = object()

_REFUSED = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.kill", "os.remove", "os.rename",
    "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.chflags", "os.utime", "os.setxattr",
    "os.removexattr", "os.putenv", "os.unsetenv", "os.chdir", "os.fchdir", "os.startfile", "pty.", "shutil.", "tempfile.", "ftplib.",
    "smtplib.", "urllib.", "http.client.", "imaplib.", "poplib.", "telnetlib.", "nntplib.", "sqlite3.", "webbrowser.", "syslog.",
    "resource.", "ctypes.dlopen", "sys.addaudithook", "code.__new__", "fcntl.", "mmap.__new__", "signal.pthread_kill",
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
READABLE = ("/usr/share/zoneinfo", "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/dev/null", "/dev/urandom")


@dataclass(frozen=True)
class Locked:
    """Proof that this process is locked down, and what keeps it from the network and from files.

    Attributes:
        calls: seccomp refuses what no model needs.
    """

    network: str
    files: str
    calls: bool = True
    key: InitVar[object] = None

    def __post_init__(self, key: object) -> None:
        if key is not _KEY:
            raise TypeError("a Locked comes from lockdown.lock")

    @property
    def lacks(self) -> list[str]:
        """What the kernel does not hold; empty if the lock is whole."""
        return lacking(self.network, self.files)


def lacking(network: str, files: str) -> list[str]:
    """What the kernel does not hold, by what is told of a lock."""
    held = {"no network name space of its own": network == OWN_NETWORK, "no Landlock against reading files": files == LANDLOCK}
    return [what for what, so in held.items() if not so]


def look() -> None:
    """Lock this process to see how far that goes here, and tell it as JSON."""
    locked = lock(memory=1 << 31, seconds=9, readable=[sys.prefix], no_network=leave_network())
    os.write(1, json.dumps({"network": locked.network, "files": locked.files}).encode())
    os._exit(0)


def leave_network() -> bool:
    """Move into a network name space without interfaces; False where the system does not allow it.

    Before anything starts a thread: a process with threads cannot leave its user name space.
    """
    end_with_parent()
    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(flags) == 0 for flags in (_NEW_NET | _NEW_IPC, _NEW_USER | _NEW_NET | _NEW_IPC, _NEW_NET, _NEW_USER | _NEW_NET))


def lock(*, memory: int, seconds: int, readable: Iterable[str], no_network: bool, hooked: bool = True) -> Locked:
    """Set the limits and the hook.

    Args:
        memory: bytes of address space.
        seconds: of processor time.
        readable: folders that Python still imports from.
        no_network: what `leave_network` said.
        hooked: an audit hook watches as well; machine code runs past it, and needs what it refuses to be loaded at all.
    """
    roots = tuple(os.path.realpath(one) for one in (*readable, *READABLE))
    landlocked = give_up(memory=memory, seconds=seconds, readable=roots)
    filtered = refuse_calls(processes=False, signals=False)
    if hooked:
        sys.addaudithook(_hook(roots))
    return Locked(OWN_NETWORK if no_network else HOOK_ONLY, LANDLOCK if landlocked else HOOK_ONLY, filtered, _KEY)


def give_up(*, memory: int, seconds: int, readable: Iterable[str], runs: Iterable[str] = (), tasks: int = 0) -> bool:
    """Privileges, files and more resources than these; whether the kernel keeps it from files.

    Args:
        runs: programs that it may start instead of itself.
        tasks: threads and processes beside itself.
    """
    libc = ctypes.CDLL(None)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    landlocked = only_read(readable, runs)
    _become_nobody()
    end_with_parent()  # a change of user forgets it
    if tasks:
        libc.unshare(_NEW_USER)  # the limit then counts its own tasks alone, where else it counts the user's
    for what, limit in (("AS", memory), ("CPU", seconds), ("FSIZE", 0), ("NPROC", tasks and tasks + 1), ("CORE", 0), ("NOFILE", 64)):
        _limit(getattr(resource, f"RLIMIT_{what}"), limit)
    return landlocked


def leave_host() -> bool:
    """Move into name spaces of its own for network, messages and, from the next child on, processes; False where that is refused.

    The next child is the first process of its name space, and all others in it end with it.
    """
    end_with_parent()
    libc = ctypes.CDLL(None, use_errno=True)
    spaces = _NEW_NET | _NEW_IPC | _NEW_PROCESSES
    return any(libc.unshare(flags) == 0 for flags in (spaces, _NEW_USER | spaces))


def end_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, _SIGKILL, 0, 0, 0)


def _become_nobody() -> None:
    """Root is above the limit on processes, so it does not stay root."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def _limit(which: int, limit: int) -> None:
    hard = resource.getrlimit(which)[1]
    lower = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(which, (lower, lower))


def _hook(roots: tuple[str, ...]) -> Any:
    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(_REFUSED):
            raise PermissionError(f"a model may not do this: {event}")
        if event != "open" or isinstance(args[0], int):
            return
        if (args[2] or 0) & _WRITING:
            raise PermissionError("a model may not write files")
        path = os.path.realpath(os.fsdecode(args[0]))
        if not any(path == root or path.startswith(f"{root}/") for root in roots):
            raise PermissionError("a model may not read this file")

    return hook
