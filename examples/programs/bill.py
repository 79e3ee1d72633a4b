"""Prints a bill of materials (CycloneDX JSON) of a program: its compiler and what it is linked to, with versions. It needs Python alone.

    python3 bill.py elf g++ build/scorecard/scorecard
    python3 bill.py java javac build/classes

There is no time and no serial number in it: the same program on the same machine has the same bytes, so the same digest.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path


def said(command: str, *arguments: str) -> str:
    """What a command prints; a compiler may be named with words before it, as in `ccache g++`."""
    return subprocess.run([*shlex.split(command), *arguments], check=True, capture_output=True, text=True).stdout.strip()


def version_in(text: str) -> str:
    """The last number with a point of a line such as `g++ (Debian 12.2.0-14) 12.2.0`."""
    return re.findall(r"\d+(?:\.\d+)+", text.splitlines()[0])[-1]


def libraries_of(compiler: str, program: str) -> list[tuple[str, str]]:
    """What machine code asks the system for: of glibc its version, else that in the file's own name, `libstdc++.so.6.0.30`."""
    glibc = said("sh", "-c", "getconf GNU_LIBC_VERSION || echo unknown").removeprefix("glibc ")
    names = re.findall(r"\(NEEDED\).*\[(.+)\]", said("readelf", "--dynamic", "--wide", program))
    files = {name: Path(said(compiler, f"-print-file-name={name}")).resolve().name for name in names}
    return [(name, glibc if re.match(r"(lib(c|m|pthread|dl|rt)|ld-linux.*)\.so", name) else files[name].partition(".so.")[2] or "unknown") for name in names]


def modules_of(compiler: str, classes: str) -> list[tuple[str, str]]:
    """The modules of the JDK that classes use."""
    version = version_in(said(compiler, "--version"))
    return [(name, version) for name in said("jdeps", "--print-module-deps", "--ignore-missing-deps", classes).split(",")]


def bill(compiler: str, name: str, parts: list[tuple[str, str]]) -> dict[str, object]:
    made_by = {"type": "application", "name": Path(shlex.split(compiler)[-1]).name, "version": version_in(said(compiler, "--version"))}
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component": {"type": "application", "name": name}},
            "components": [made_by, *({"type": "library", "name": one, "version": version} for one, version in parts)]}


if __name__ == "__main__":
    form, compiler, program = sys.argv[1:]
    parts = {"elf": libraries_of, "java": modules_of}[form](compiler, program)
    print(json.dumps(bill(compiler, "scorecard", parts), indent=1))
