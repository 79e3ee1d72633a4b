"""Writes pickles operation by operation, also those that no pickler would write."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

PROTO = {number: bytes([0x80, number]) for number in range(6)}
STOP, REDUCE, BUILD, NEWOBJ, POP, MARK = b".", b"R", b"b", b"\x81", b"0", b"("


class Raw(bytes):
    """Operations that leave one value on the stack."""


def name(module: str, attribute: str) -> Raw:
    """A class or function, by GLOBAL."""
    return Raw(b"c" + module.encode() + b"\n" + attribute.encode() + b"\n")


def value(one: Any) -> Raw:
    """A value on the stack."""
    if isinstance(one, Raw):
        return one
    if one is None or isinstance(one, bool):
        return Raw({None: b"N", True: b"\x88", False: b"\x89"}[one])
    if isinstance(one, int):
        return Raw(b"J" + struct.pack("<i", one)) if abs(one) < 1 << 31 else Raw(b"\x8a" + bytes([9]) + one.to_bytes(9, "little", signed=True))
    if isinstance(one, str):
        return Raw(b"X" + struct.pack("<I", len(one.encode())) + one.encode())
    if isinstance(one, bytes):
        return Raw(b"B" + struct.pack("<I", len(one)) + one)
    if isinstance(one, tuple):
        return Raw(MARK + b"".join(map(value, one)) + b"t")
    if isinstance(one, list):
        return Raw(b"](" + b"".join(map(value, one)) + b"e")
    if isinstance(one, dict):
        return Raw(b"}(" + b"".join(value(part) for item in one.items() for part in item) + b"u")
    raise TypeError(type(one))


def call(called: Raw | tuple[str, str], *args: Any) -> Raw:
    """A call, by REDUCE."""
    return Raw((called if isinstance(called, Raw) else name(*called)) + value(args) + REDUCE)


def built(made: Raw, state: Any) -> Raw:
    """An object with its state set."""
    return Raw(made + value(state) + BUILD)


def new(module: str, attribute: str, *args: Any) -> Raw:
    """An object by NEWOBJ."""
    return Raw(name(module, attribute) + value(args) + NEWOBJ)


def pickled(body: bytes, protocol: int = 3) -> bytes:
    """A whole pickle."""
    return PROTO[protocol] + body + STOP


def canary(canaries: Path, label: str) -> Path:
    """Where a file of this name writes."""
    return canaries / "".join(letter if letter.isalnum() else "-" for letter in label)


class _System:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, (self.command,)


def evil(command: str, protocol: int = 3) -> bytes:
    """The plainest of them."""
    return pickle.dumps(_System(command), protocol)


def honest(protocol: int = 2) -> bytes:
    """A fitted model."""
    from sklearn.linear_model import LinearRegression

    return pickle.dumps(LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0]), protocol)


def zipped(*members: tuple[str, bytes]) -> bytes:
    """A zip archive of these."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member, data in members:
            archive.writestr(member, data)
    return out.getvalue()
