"""What an expression says of a model, with three values: true, false, unknown. Pure.

An unknown fact makes a part unknown unless the rest decides: `false and x` is false whatever x is. Unknown is never read as false.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .facts import Known
from .node import Comparison, Constant, Length, Logic, Node, Stated

_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "in": lambda one, many: one in many, "not in": lambda one, many: one not in many,
}


@dataclass(frozen=True)
class Outcome:
    """What an expression comes to.

    Attributes:
        holds: None where it is unknown.
        missing: the facts that would decide it, where it is unknown.
    """

    holds: bool | None
    missing: frozenset[str] = frozenset()


def evaluate(node: Node, known: Known) -> Outcome:
    """Whether an expression holds of a model with these facts."""
    value, missing = _value(node, known)
    return Outcome(None, missing) if missing else Outcome(bool(value))


def _value(node: Node, known: Known) -> tuple[Any, frozenset[str]]:
    """A value, or the facts that it lacks."""
    if isinstance(node, Constant):
        return node.value, frozenset()
    if isinstance(node, Stated):
        return (known[node.name], frozenset()) if node.name in known else (None, frozenset({node.name}))
    if isinstance(node, Logic):
        return _logic(node, known)
    if isinstance(node, Comparison):
        left, lacks = _value(node.left, known)
        right, lacks_too = _value(node.right, known)
        missing = lacks | lacks_too
        return (None, missing) if missing else (_SIGNS[node.sign](left, right), missing)
    value, missing = _value(node.of, known)
    if missing:
        return None, missing
    return (len(value) if isinstance(node, Length) else not value), missing


def _logic(node: Logic, known: Known) -> tuple[Any, frozenset[str]]:
    left, lacks = _value(node.left, known)
    right, lacks_too = _value(node.right, known)
    if node.word == "implies" and not lacks:
        left = not left
    decides = node.word != "and"  # `or` and `implies` are true as soon as one side is; `and` is false as soon as one is
    for value, missing in ((left, lacks), (right, lacks_too)):
        if not missing and bool(value) is decides:
            return decides, frozenset()
    missing = lacks | lacks_too
    return (None, missing) if missing else (not decides, missing)
