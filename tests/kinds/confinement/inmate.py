"""A process that locks itself down and then tries what it should not: `python inmate.py ATTACK GUARD ARGUMENT`.

GUARD is `locked`, or `free` for the negative control, or `hookless` where the audit hook is left out, so that
only the kernel is in the way. It prints `done` if the attack worked and `stopped` if not.
"""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
from collections.abc import Callable

LIBC = ctypes.CDLL(None, use_errno=True)


def write(path: str) -> None:
    """By Python."""
    with open(path, "w"):
        pass


def write_by_libc(path: str) -> None:
    """By machine code: no audit event."""
    if LIBC.open(path.encode(), os.O_CREAT | os.O_WRONLY, 0o600) < 0:
        raise PermissionError


def read(path: str) -> None:
    """By Python."""
    with open(path, "rb") as file:
        file.read(1)


def read_by_libc(path: str) -> None:
    """By machine code."""
    if LIBC.open(path.encode(), os.O_RDONLY) < 0:
        raise PermissionError


def connect(port: str) -> None:
    """To a server on this machine."""
    with socket.create_connection(("127.0.0.1", int(port)), 2):
        pass


def connect_by_libc(port: str) -> None:
    """The same by machine code."""
    place = LIBC.socket(2, 1, 0)
    address = b"\x02\x00" + int(port).to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
    if place < 0 or LIBC.connect(place, address, 16) != 0:
        raise PermissionError


def system(path: str) -> None:
    """A shell."""
    if os.system(f"touch {path}") != 0:
        raise PermissionError


def popen(path: str) -> None:
    """A program."""
    subprocess.run(["/usr/bin/touch", path], check=True)


def fork_by_libc(_argument: str) -> None:
    """Another process."""
    child = LIBC.fork()
    if child == 0:
        os._exit(0)
    if child < 0:
        raise PermissionError


def memory(_argument: str) -> None:
    """Two gigabytes."""
    assert bytearray(2 << 30)


def root(_argument: str) -> None:
    """Back to root."""
    if LIBC.setuid(0) != 0 or LIBC.getuid() != 0:
        raise PermissionError


def more(_argument: str) -> None:
    """Higher limits."""
    import resource

    resource.setrlimit(resource.RLIMIT_NPROC, (100, 100))


ATTACKS: dict[str, Callable[[str], None]] = {
    one.__name__: one for one in (
        write, write_by_libc, read, read_by_libc, connect, connect_by_libc, system, popen, fork_by_libc, memory, root, more)
}


def main() -> None:
    """Lock, attack, tell."""
    from modelops_airflow.kinds.confinement import lockdown

    attack, guard, argument = sys.argv[1:]
    if guard == "hookless":
        sys.addaudithook = lambda _hook: None  # type: ignore[assignment]
    if guard != "free":
        lockdown.lock(memory=1 << 30, seconds=20, readable=[sys.prefix, sys.base_prefix], no_network=lockdown.leave_network())
    try:
        ATTACKS[attack](argument)
    except BaseException:
        os.write(1, b"stopped")
    else:
        os.write(1, b"done")
    os._exit(0)


if __name__ == "__main__":
    main()
