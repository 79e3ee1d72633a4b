"""modelops policies questions: what a model file answers about risk, and which tier follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ..errors import DataError
from .catalogue import policy_rows
from .options import Json
from .output import print_json, print_table


def questions(pack: Annotated[str, typer.Argument(help="Policy pack; every one that asks, if not given.")] = "", json: Json = False) -> None:
    """The questions about risk that a model file answers under `model.risk`, and the matrix that gives the tier."""
    asking = {row["policy"]: row["tiering"] for row in policy_rows() if row["tiering"]}
    if pack and pack not in asking:
        raise DataError(f"{pack} is no policy pack with questions about risk; expected one of {', '.join(asking)}")
    chosen = {pack: asking[pack]} if pack else asking
    if json:
        print_json(chosen)
        return
    for name, tiering in chosen.items():
        print(f"{name}{', which must be answered' if tiering.get('required') else ''}")
        print_table(("question", "axis", "answers (score)", "what is asked", "why"), (
            (one["id"], one["axis"], "\n".join(f"{answer} ({score})" for answer, score in one["answers"].items()), one["text"], one["why"]) for one in tiering["questions"]))
        print_table(("/".join(axis["id"] for axis in tiering["axes"]), "tier"), matrix_rows(tiering))
        print("The riskiest answer counts on each axis. The tier in the file may be stricter (a smaller number), never laxer.")


def matrix_rows(tiering: Any) -> Sequence[tuple[str, str]]:
    """The matrix by tier, the strictest first: its cells, and the tier."""
    return [(", ".join(cell for cell, given in tiering["matrix"].items() if given == tier), str(tier)) for tier in sorted(set(tiering["matrix"].values()))]
