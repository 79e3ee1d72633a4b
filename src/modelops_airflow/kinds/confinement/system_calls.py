"""seccomp: system calls that no model needs are refused by the kernel, whatever code it runs.

Landlock and name spaces say nothing about some of what a process may do to others: connect to a socket that is
a file (a database, a container daemon), change the mode, owner or time of a file that its user owns, look into
another process of its user, or make name spaces of its own. Those calls are refused here, and so is every call
that Linux got after this list was written. Numbers are those of asm/unistd.h and linux/seccomp.h.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_REFUSED = {
    "socket": (41, 198), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "chown": (92, None), "fchown": (93, 55),
    "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
    "lremovexattr": (198, 15), "fremovexattr": (199, 16), "truncate": (76, 45), "flock": (73, 32),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "process_madvise": (440, 440), "process_mrelease": (448, 448),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "kexec_load": (246, 104),
    "kexec_file_load": (320, 294), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "unshare": (272, 97), "setns": (308, 268), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "inotify_init": (253, None),
    "inotify_init1": (294, 26), "fanotify_init": (300, 262), "memfd_create": (319, 279), "memfd_secret": (447, 447), "acct": (163, 89),
    "quotactl": (179, 60), "quotactl_fd": (443, 443), "syslog": (103, 116), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170), "clock_settime": (227, 112),
    "adjtimex": (159, 171), "clock_adjtime": (305, 266), "iopl": (172, None), "ioperm": (173, None), "vhangup": (153, 58),
}
_FORKS, _SIGNALS = {"fork": (57, None), "vfork": (58, None)}, {
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240)}
_ON_ITSELF = {"tgkill": (234, 131), "prlimit64": (302, 261), "sched_setaffinity": (203, 122), "sched_setscheduler": (144, 119),
              "sched_setparam": (142, 118), "sched_setattr": (314, 274), "migrate_pages": (256, 238), "move_pages": (279, 239)}
"""Calls that name a process first."""
_FCNTL, _OWNERS = (72, 25), (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: signals by way of a pipe
_CLONE, _CLONE3 = (56, 220), (435, 435)
_NEW_SPACES, _THREAD = 0x7E020080, 0x00010000  # flags of clone
_YOUNGEST = 449  # futex_waitv: later calls are not known here
_EPERM, _ENOSYS = 1, 38
_KILL, _ALLOW, _ERROR = 0x80000000, 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _SECOND_ARGUMENT = 0, 4, 16, 24
_SECCOMP, _FILTER = 22, 2  # of prctl


def refuse_calls(*, processes: bool, signals: bool) -> bool:
    """Refuse them from now on, in every process that comes of this one; False where the system cannot.

    Args:
        processes: it may start processes, not threads alone.
        signals: it may send signals and change limits, since it sees no process but its own; else it may do so to itself.
    """
    machine = os.uname().machine
    if machine not in _ARCHITECTURES:
        return False
    steps = b"".join(_steps(machine, processes=processes, signals=signals))
    held = ctypes.create_string_buffer(steps, len(steps))
    program = struct.pack("@HP", len(steps) // 8, ctypes.addressof(held))
    return bool(ctypes.CDLL(None, use_errno=True).prctl(_SECCOMP, _FILTER, ctypes.c_char_p(program), 0, 0) == 0)


def _steps(machine: str, *, processes: bool, signals: bool) -> Sequence[bytes]:
    """The filter's program. A jump counts the steps that it leaves out."""
    token, place = _ARCHITECTURES[machine]
    refused = {**_REFUSED, **({} if processes else _FORKS), **({} if signals else _SIGNALS)}
    steps = [_step(_LOAD, _ARCHITECTURE), _step(_EQUAL, token, 1, 0), _step(_RETURN, _KILL), _step(_LOAD, _NUMBER),
             *_refuse(_AT_LEAST, _YOUNGEST + 1, _ENOSYS), *_refuse(_EQUAL, _CLONE3[place], _ENOSYS)]  # libraries go on with clone
    for numbers in refused.values():
        if (number := numbers[place]) is not None:
            steps += _refuse(_EQUAL, number, _EPERM)
    if not signals:
        for numbers in _ON_ITSELF.values():
            own = [_step(_LOAD, _FIRST_ARGUMENT), _step(_EQUAL, 0, 2, 0), _step(_EQUAL, os.getpid(), 1, 0), *_ERROR_OR_ALLOW]
            steps += [_step(_EQUAL, numbers[place], 0, len(own)), *own]
        owner = [_step(_LOAD, _SECOND_ARGUMENT), *(step for one in _OWNERS for step in _refuse(_EQUAL, one, _EPERM)), _step(_RETURN, _ALLOW)]
        steps += [_step(_EQUAL, _FCNTL[place], 0, len(owner)), *owner]
    flags = [_step(_LOAD, _FIRST_ARGUMENT), *_refuse(_ANY_BIT, _NEW_SPACES, _EPERM)]
    if not processes:
        flags += [_step(_ANY_BIT, _THREAD, 1, 0), _step(_RETURN, _ERROR | _EPERM)]
    return [*steps, _step(_EQUAL, _CLONE[place], 0, len(flags)), *flags, _step(_RETURN, _ALLOW)]


def _refuse(test: int, value: int, error: int) -> list[bytes]:
    return [_step(test, value, 0, 1), _step(_RETURN, _ERROR | error)]


def _step(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_so, if_not, value)


_ERROR_OR_ALLOW = (_step(_RETURN, _ERROR | _EPERM), _step(_RETURN, _ALLOW))
