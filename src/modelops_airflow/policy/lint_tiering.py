"""Everything that can be known to be wrong with a pack's questionnaire: its axes, its questions, and every cell of its matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..registry import did_you_mean
from ..spec.policy import Policy
from ..spec.problem import Problem
from ..spec.read import Source
from ..spec.tiering import Tiering
from .tiering import cell_name, cells, levels


def lint_tiering(pack: Source[Policy]) -> Iterator[Problem]:
    """Every mistake of a pack's questionnaire; none, if it has none."""
    if pack.spec.tiering is None:
        return
    found = list(_questions(pack, pack.spec.tiering))
    yield from found
    if not found:  # cells of axes that nothing belongs to would be told a second time
        yield from _covered(pack, pack.spec.tiering)
        yield from _monotone(pack, pack.spec.tiering)


def _questions(pack: Source[Policy], tiering: Tiering) -> Iterator[Problem]:
    axes = [one.id for one in tiering.axes]
    for word, ids in (("axes", axes), ("questions", [one.id for one in tiering.questions])):
        for name, number in Counter(ids).items():
            if number > 1:
                last = len(ids) - 1 - ids[::-1].index(name)
                yield pack.problem(("tiering", word, last, "id"), "PACK016", f"{name!r} is there {number} times among {word}")
    for index, one in enumerate(tiering.questions):
        if one.axis not in axes:
            yield pack.problem(("tiering", "questions", index, "axis"), "PACK016", f"question {one.id!r} belongs to the axis {one.axis!r}, which is not there{did_you_mean(one.axis, axes)}",
                               expected="one of " + ", ".join(axes))
    for index, axis in enumerate(axes):
        if not levels(tiering, axis):
            yield pack.problem(("tiering", "axes", index), "PACK016", f"no question belongs to the axis {axis!r}", next_step="add one, or take the axis out")


def _covered(pack: Source[Policy], tiering: Tiering) -> Iterator[Problem]:
    """Each combination that answers can come to has a cell, and no other has one."""
    possible = {cell_name(one): one for one in cells(tiering)}
    for name, one in possible.items():
        if name not in tiering.matrix:
            yield pack.problem(("tiering", "matrix"), "PACK017", f"the matrix has no tier for {_told(tiering, one)}", next_step=f"add {name}: with a tier")
    for name in tiering.matrix:
        if name not in possible:
            yield pack.problem(("tiering", "matrix", name), "PACK017", f"no answers come to {name}",
                               expected="scores of " + "; ".join(f"{axis.id} {', '.join(map(str, levels(tiering, axis.id)))}" for axis in tiering.axes))


def _monotone(pack: Source[Policy], tiering: Tiering) -> Iterator[Problem]:
    """More risk on one axis, the others as they are, never gives a laxer tier; neighbours are enough, as the rest follows."""
    for one in cells(tiering):
        for index, axis in enumerate(tiering.axes):
            steps = levels(tiering, axis.id)
            at = steps.index(one[index])
            if at == 0:
                continue
            less = (*one[:index], steps[at - 1], *one[index + 1:])
            tier, before = tiering.matrix.get(cell_name(one)), tiering.matrix.get(cell_name(less))
            if tier is not None and before is not None and tier > before:
                yield pack.problem(("tiering", "matrix", cell_name(one)), "PACK018", f"{_told(tiering, one)} gives tier {tier}, and less {axis.id} ({cell_name(less)}) the stricter tier {before}",
                                   expected=f"at most {before}; 1 is the highest risk")


def _told(tiering: Tiering, scores: tuple[int, ...]) -> str:
    return ", ".join(f"{axis.id} {score}" for axis, score in zip(tiering.axes, scores, strict=True))
