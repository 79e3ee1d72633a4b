"""Programs that run other people's programs: where they are, and what the jail must leave them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...errors import ArtifactError

_FOLDERS = ("/usr/bin", "/usr/local/bin", "/bin")
_SYSTEM = ("/usr/", "/opt/", "/bin/", "/lib/")
_SHELL_PROGRAMS = ("/usr/bin", "/bin", "/usr/lib/R")


@dataclass(frozen=True)
class Interpreter:
    """How one is started.

    Attributes:
        before: its own arguments, before the program's file; `{memory}` is a share of the memory in MiB.
        tasks: threads, or processes, that it needs beside itself.
        runs: programs that it starts.
        reads: folders it needs besides the system's libraries.
        home: it also reads the folder that its folder is in.
    """

    name: str
    before: Sequence[str] = ()
    tasks: int = 0
    runs: Sequence[str] = ()
    reads: Sequence[str] = ()
    home: bool = False

    def path(self) -> str:
        """Its real path.

        Raises:
            ArtifactError: it is not where a system keeps its programs.
        """
        for folder in _FOLDERS:
            found = os.path.realpath(f"{folder}/{self.name}")
            if found.startswith(_SYSTEM) and os.access(found, os.X_OK):
                return found
        raise ArtifactError(f"the program needs {self.name}, which is not in {', '.join(_FOLDERS)} of this machine; install it there")


INTERPRETERS: Mapping[str, Interpreter] = {one.name: one for one in (
    Interpreter("java", ("-Xmx{memory}m", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:CompressedClassSpaceSize=64m",
                         "-XX:ReservedCodeCacheSize=96m", "-XX:ErrorFile=/dev/null", "-Djava.awt.headless=true", "-jar"),
                tasks=64, home=True, reads=("/etc/java-11-openjdk", "/etc/java-17-openjdk", "/etc/java-21-openjdk", "/etc/java-25-openjdk")),
    Interpreter("python3", ("-I", "-B")),
    Interpreter("perl"),
    Interpreter("bash", tasks=16, runs=_SHELL_PROGRAMS, reads=("/usr/share/awk",)),
    Interpreter("sh", tasks=16, runs=_SHELL_PROGRAMS, reads=("/usr/share/awk",)),
    Interpreter("Rscript", ("--vanilla",), tasks=16, runs=_SHELL_PROGRAMS, reads=("/usr/share/R", "/etc/R")),
)}


def of_first_line(line: str) -> str:
    """The interpreter that a script's first line asks for; only its name counts, not its folder or options."""
    words = line.removeprefix("#!").split()
    if words and words[0].endswith("/env"):
        words = words[1:]
    name = words[0].rsplit("/", 1)[-1] if words else ""
    return {"python": "python3", "dash": "sh"}.get(name, name)
