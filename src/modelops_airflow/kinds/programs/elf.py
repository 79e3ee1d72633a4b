"""What an ELF file says of itself, read within its bounds: machine, loader, libraries, build id and compiler.

Layout and names are those of the System V ABI and of linux/elf.h. Nothing of the file runs or is mapped.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from ...errors import ArtifactError

MACHINES = {62: "x86_64", 183: "aarch64", 3: "i386", 40: "arm", 243: "riscv", 21: "ppc64", 22: "s390x"}
_LOAD, _DYNAMIC, _INTERPRETER, _NOTE = 1, 2, 3, 4
_NEEDED, _STRINGS, _RUN_PATH, _OLD_RUN_PATH = 1, 5, 29, 15
_MOST, _LONGEST = 512, 4096
_BUILD_ID = 3


@dataclass(frozen=True)
class Elf:
    """Facts of a program or shared library.

    Attributes:
        shared: position independent, as libraries and most programs are.
        loader: what the kernel starts to load it; empty if it is linked statically.
        needed: libraries it asks for.
        run_path: folders it wants them from.
        compilers: texts of the section `.comment`.
    """

    machine: str
    shared: bool
    loader: str
    needed: tuple[str, ...]
    run_path: str
    build_id: str
    compilers: tuple[str, ...]

    def demand_machine(self, what: str) -> None:
        """It is made for this machine.

        Raises:
            ArtifactError: it is made for another.
        """
        if self.machine != (here := os.uname().machine):
            raise ArtifactError(f"{what} is made for {self.machine}; this machine is {here}")

    def facts(self) -> str:
        """In one line."""
        linked = f"linked dynamically to {', '.join(self.needed) or 'nothing'}" if self.loader or self.needed else "linked statically"
        told = [f"ELF for {self.machine}", linked, f"build id {self.build_id}" if self.build_id else "no build id",
                f"compiler {'; '.join(self.compilers)}" if self.compilers else "no compiler named"]
        return "; ".join(told)


@dataclass(frozen=True)
class _Part:
    kind: int
    at: int
    address: int
    size: int


def read_elf(data: bytes) -> Elf:
    """The facts.

    Raises:
        ArtifactError: it is no ELF file of 64 bits in little endian, or its tables lead out of it.
    """
    if data[:6] != b"\x7fELF\x02\x01":
        raise ArtifactError("the program is no ELF file of 64 bits, little endian")
    try:
        kind, machine = struct.unpack_from("<HH", data, 16)
        parts = tuple(_parts(data))
        loader = next((_text(data, one.at, one.size) for one in parts if one.kind == _INTERPRETER), "")
        needed, run_path = _libraries(data, parts)
        return Elf(MACHINES.get(machine, f"machine {machine}"), kind == 3, loader, needed, run_path, _build_id(data, parts), _compilers(data))
    except (struct.error, OverflowError):
        raise ArtifactError("the program is a broken ELF file: a table of it leads out of the file") from None


def _parts(data: bytes) -> Iterator[_Part]:
    start, size, number = struct.unpack_from("<Q", data, 32)[0], *struct.unpack_from("<HH", data, 54)
    for place in range(min(number, _MOST)):
        kind, _, at, address, _, length = struct.unpack_from("<IIQQQQ", data, start + place * size)
        yield _Part(kind, at, address, length)


def _libraries(data: bytes, parts: tuple[_Part, ...]) -> tuple[tuple[str, ...], str]:
    entries = [entry for one in parts if one.kind == _DYNAMIC
               for entry in _entries(data, one)]
    strings = next((_file_place(parts, value) for tag, value in entries if tag == _STRINGS), 0)
    needed = [_text(data, strings + value) for tag, value in entries if tag == _NEEDED]
    paths = [_text(data, strings + value) for tag, value in entries if tag in (_RUN_PATH, _OLD_RUN_PATH)]
    return tuple(needed), ":".join(paths)


def _entries(data: bytes, part: _Part) -> Iterator[tuple[int, int]]:
    for place in range(min(part.size // 16, _MOST)):
        tag, value = struct.unpack_from("<qQ", data, part.at + place * 16)
        if not tag:
            return
        yield tag, value


def _file_place(parts: tuple[_Part, ...], address: int) -> int:
    """Where in the file an address of memory comes from."""
    for one in parts:
        if one.kind == _LOAD and one.address <= address < one.address + one.size:
            return one.at + address - one.address
    raise struct.error("an address that nothing is loaded to")


def _build_id(data: bytes, parts: tuple[_Part, ...]) -> str:
    for one in parts:
        at, end = one.at, one.at + min(one.size, _LONGEST)
        while one.kind == _NOTE and at + 12 <= end:
            name, size, kind = struct.unpack_from("<III", data, at)
            body = at + 12 + (name + 3) // 4 * 4
            if kind == _BUILD_ID and data[at + 12 : at + 16] == b"GNU\x00":
                return data[body : body + min(size, 64)].hex()
            at = body + (size + 3) // 4 * 4
    return ""


def _compilers(data: bytes) -> tuple[str, ...]:
    """Texts of `.comment`, which a stripped program may lack."""
    start = struct.unpack_from("<Q", data, 40)[0]
    size, number, names = struct.unpack_from("<HHH", data, 58)
    if not number or names >= number:
        return ()
    titles = struct.unpack_from("<Q", data, start + names * size + 24)[0]
    for place in range(min(number, _MOST)):
        title, _, _, _, at, length = struct.unpack_from("<IIQQQQ", data, start + place * size)
        if _text(data, titles + title) == ".comment":
            found = data[at : at + min(length, _LONGEST)].split(b"\x00")
            return tuple(dict.fromkeys(_printable(one) for one in found if one))
    return ()


def _text(data: bytes, at: int, longest: int = _LONGEST) -> str:
    if at >= len(data):
        raise struct.error("a text outside of the file")
    return _printable(data[at : at + min(longest, _LONGEST)].split(b"\x00", 1)[0])


def _printable(text: bytes) -> str:
    return "".join(one if one.isprintable() else "?" for one in text.decode("utf-8", "replace"))
