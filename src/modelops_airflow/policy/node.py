"""The parts of an expression that was read, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

Value = str | float | bool | tuple[str | float, ...]


@dataclass(frozen=True)
class Constant:
    """A text, a number, true, false, or a list of texts or of numbers."""

    value: Value


@dataclass(frozen=True)
class Stated:
    """A fact of the model."""

    name: str


@dataclass(frozen=True)
class Length:
    """How many items a list has."""

    of: Node


@dataclass(frozen=True)
class Not:
    """The opposite."""

    of: Node


@dataclass(frozen=True)
class Logic:
    """`and`, `or`, `implies`."""

    word: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Comparison:
    """Two values compared."""

    sign: str
    left: Node
    right: Node


Node = Constant | Stated | Length | Not | Logic | Comparison


def facts_in(node: Node) -> frozenset[str]:
    """Names of the facts that an expression asks for."""
    if isinstance(node, Stated):
        return frozenset({node.name})
    if isinstance(node, Not | Length):
        return facts_in(node.of)
    if isinstance(node, Logic | Comparison):
        return facts_in(node.left) | facts_in(node.right)
    return frozenset()
