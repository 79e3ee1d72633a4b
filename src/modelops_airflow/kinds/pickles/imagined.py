"""What a pickle would put on its stack, imagined instead of made.

Numbers, texts, tuples and None stand for themselves. Everything else is one of the classes here, so
reading a pickle never imports, calls or builds anything it names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SHORT = 64
"""Bytes up to this length are kept; of longer ones only the length."""


@dataclass(frozen=True)
class Name:
    """A global: a class or a function of a module."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True)
class Bytes:
    """Bytes of some length, too long to keep."""

    size: int


@dataclass(eq=False)
class Box:
    """A list, a set or a dictionary; of a dictionary the items with a text as key.

    `closed` once something that was looked at keeps it: nothing may be put in afterwards.
    """

    kind: str
    items: dict[str, Any] = field(default_factory=dict)
    closed: bool = False


@dataclass(eq=False)
class Made:
    """An object that calling `by` with `args` would give; `state` once it is set."""

    by: Name
    args: tuple[Any, ...]
    state: Any = None


def kept(data: bytes | bytearray) -> bytes | Bytes:
    """Short bytes themselves, of long ones the length."""
    return bytes(data) if len(data) <= SHORT else Bytes(len(data))


def size_of(value: object) -> int | None:
    """The length of bytes, None for anything else."""
    if isinstance(value, Bytes):
        return value.size
    return len(value) if isinstance(value, bytes) else None
