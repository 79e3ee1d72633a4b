"""What becomes of each model that an import finds: a new file, one that is there, or a problem; and how that is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .output import print_json, print_table
from .written import write_new

if TYPE_CHECKING:
    from ..onboarding import Choices, Found
    from ..spec.project import Project
    from ..spec.types import Governance


@dataclass(frozen=True)
class Row:
    """One model, and what became of it: new, there, or a problem."""

    id: str
    found: Found
    path: Path | None
    what: str
    problem: str = ""


def rows_of(found: Sequence[Found], choices: Choices, project: Project, rules: Governance, out: Path, dry_run: bool) -> list[Row]:
    """What becomes of each model; files are written where it is not a dry run."""
    from ..onboarding import model_file, named

    models, problems = named(found)
    by_name = {one.name: one for one in found}
    rows = [Row("", by_name[one.name], None, "no file", one.message) for one in problems]
    for model_id, one in models.items():
        path = out / f"{model_id}.yaml"
        if path.exists():
            rows.append(Row(model_id, one, path, "there"))
            continue
        text = model_file(model_id, one, choices)
        problem = _problem(text, model_id, one, choices, project, rules)
        if not problem and not dry_run:
            write_new(path, path.name, text, "name another folder with --out")
        rows.append(Row(model_id, one, path, "no file" if problem else "new", problem))
    return rows


def _problem(text: str, model_id: str, found: Found, choices: Choices, project: Project, rules: Governance) -> str:
    """What `modelops validate` would say against a file; a dry run may leave the owner open."""
    from ..checks.own import own_checks
    from ..plan import plans_of
    from ..spec.problem import SpecError
    from ..spec.read import parse_model

    if found.kind is None and choices.kind is None:
        return "its kind cannot be seen; say it with --kind"
    try:
        plans_of(parse_model(text, f"dags/models/{model_id}.yaml"), rules, own_checks(project))
    except SpecError as error:
        told = [str(problem) for problem in error.problems if not (problem.code == "PLAN017" and choices.owner not in rules.people)]
        return "; ".join(told)
    return ""


def show(rows: Sequence[Row], choices: Choices, dry_run: bool, *, json: bool) -> None:
    """Tell what was found and what became of it."""
    from ..digest import short
    from ..onboarding.model_file import unsaid

    if json:
        print_json({"dry_run": dry_run, "models": [_told(row, choices) for row in rows]})
        return
    print_table(("model", "name there", "version", "digest", "kind", "in use", "file", "still to be said"), (
        (row.id, row.found.name, row.found.version, short(row.found.digest) if row.found.digest else "not known", row.found.kind or choices.kind or "not known",
         "yes" if row.found.in_use or choices.all_in_use else "not said", row.what,
         "" if row.what == "there" else ", ".join(unsaid(row.found, choices))) for row in rows))
    for row in rows:
        if row.problem:
            print(f"{row.found.name}: {row.problem}")
    new, there, bad = (sum(row.what == what for row in rows) for what in ("new", "there", "no file"))
    print(f"{len(rows)} found, {new} {'would be new' if dry_run else 'written'}, {there} there already, {bad} without a file")
    if new and not dry_run:
        print("next: modelops validate, then one pull request; what files say of a use becomes a declaration in the register once they are synchronised")


def _told(row: Row, choices: Choices) -> Mapping[str, Any]:
    from ..onboarding.model_file import unsaid

    one = row.found
    return {"id": row.id or None, "name": one.name, "version": one.version or None, "digest": one.digest, "kind": one.kind or choices.kind,
            "where": one.where, "in_use": one.in_use or choices.all_in_use, "file": str(row.path) if row.path else None, "what": row.what,
            "notes": list(one.notes), "still_to_be_said": unsaid(one, choices), "problem": row.problem or None}
