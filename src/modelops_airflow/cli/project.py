"""modelops init, new: files to start from."""

from __future__ import annotations

import json as text_of
import random
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError
from .new_check import check
from .new_graph import graph
from .new_suite import suite
from .options import HERE, Json, Root
from .written import tell

if TYPE_CHECKING:
    from ..parameters import Parameter

TEMPLATE = Path(__file__).parent / "template"
ROWS = 400
LONGEST = 100  # characters of an id
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")

new = typer.Typer(no_args_is_help=True, help="Files to start from.")

_MODEL = """\
modelops: 1
model:
  name: {name}
  purpose: Say in one sentence what it decides, and for whom.
  tier: 2                           # 1 is the highest risk
{risk}  owner: {owner}
  developers: [{developer}]         # may never validate, approve or deploy this version
  kind: {kind}
{options}  version: "1.0.0"                  # one version is bound to one artifact for ever
  artifact: {root}/{id}/model-1.0.0{suffix}
data:
  baseline: {root}/{id}/baseline.parquet
  current: {root}/{id}/current.parquet
  columns: {{target: outcome, favourable: 1, protected: [sex]}}
"""


def add_to(app: typer.Typer) -> None:
    """Add the command and the group."""
    app.command()(init)
    new.command()(suite)
    new.command()(check)
    new.command()(graph)
    app.add_typer(new, name="new")


def init(folder: Annotated[Path, typer.Argument(help="New or empty folder.")], json: Json = False) -> None:
    """Make a working project: one model with data, governance.yaml, and the two DAG files."""
    taken = [name for name in ("dags", "models", ".gitignore") if (folder / name).exists()]
    if taken:
        raise DataError(f"{folder / taken[0]} is there already; choose an empty folder")
    written = [_copy(path, folder) for path in sorted(TEMPLATE.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    for side, seed in (("baseline", 1), ("current", 2)):
        written.append(_write(folder / "models" / "first" / f"{side}.csv", _applications(seed)))
    written.append(_write(folder / ".gitignore", ".modelops/\nlive/\n"))
    tell(written, json=json, then=f"cd {folder} && modelops validate && modelops run first")


@new.callback()
def about() -> None:
    """Files to start from."""


@new.command()
def model(
    name: Annotated[str, typer.Argument(metavar="ID", help="The model's id: lower-case letters, digits, hyphens.")],
    kind: Annotated[str, typer.Option("--kind", help="Kind of model; see: modelops kinds")] = "skops",
    root: Root = HERE,
    json: Json = False,
) -> None:
    """Write a model file to start from."""
    from ..kinds import KINDS
    from ..registry import demand_extensions
    from ..spec.project import Project
    from ..spec.read import parse_model
    from .sources import governance_of

    if len(name) > LONGEST or not _ID.fullmatch(name):
        raise DataError(f"{name!r} is no id; expected lower-case letters, digits and hyphens, such as credit-risk, at most {LONGEST}")
    demand_extensions()
    chosen, project = KINDS[kind], Project.around(root)
    rules = governance_of(project)
    makers = [person for role in rules.roles.values() if role.side == "make" for person in role.held_by]
    people = makers or list(rules.people) or ["somebody"]
    text = _MODEL.format(id=name, risk=_risk(), name=name.replace("-", " ").capitalize(), owner=people[-1], developer=people[0], kind=kind,
                         root=rules.artifact_roots[0], suffix=chosen.suffixes[0], options=_options(chosen.parameters))
    path = project.root / "dags" / "models" / f"{name}.yaml"
    parse_model(text, f"dags/models/{name}.yaml")
    if path.exists():
        raise DataError(f"{path} is there already; choose another id")
    tell([_write(path, text)], json=json, then=f"modelops validate {name}")


def _risk() -> str:
    """The house's questions about risk, as comments with the answers there are."""
    from ..policy.library import packs

    asked = packs()["house"].spec.tiering
    lines = [f"  #   {one.id}: {'|'.join(one.answers)}" for one in asked.questions] if asked is not None else []
    return "".join(f"{line}\n" for line in ("  # risk:                           # answered, the tier may not be laxer; `modelops policies questions` has the words", *lines))


def _options(parameters: Mapping[str, Parameter]) -> str:
    """What the kind may be told, as comments: a reader deletes the signs before those that are wanted."""
    if not parameters:
        return ""
    needed = [one for one in parameters.values() if one.required]
    lines = [f"  # with:{' ' * 26}# options of the kind" + (f"; it needs {', '.join(one.name for one in needed)}" if needed else "")]
    lines += [f"  #   {one.name}: {_value(one):<{max(1, 26 - len(one.name))}}  # {'needed: ' if one.required else ''}{one.doc}".rstrip()
              for one in (*needed, *(one for one in parameters.values() if not one.required))]
    return "".join(f"{line}\n" for line in lines)


def _value(one: Parameter) -> str:
    """The default, or what is expected."""
    return text_of.dumps(one.default) if isinstance(one.default, str | int | float) else f"<{' or '.join(one.choices) or one.words}>"


def _copy(path: Path, folder: Path) -> Path:
    return _write(folder / path.relative_to(TEMPLATE), path.read_text(encoding="utf-8"))


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _applications(seed: int) -> str:
    """Invented applications, the same for the same seed."""
    dice = random.Random(seed)  # noqa: S311 - example data, nothing secret
    return "".join(_lines(dice))


def _lines(dice: random.Random) -> Iterable[str]:
    yield "amount,months,sex\n"
    for _ in range(ROWS):
        yield f"{round(dice.lognormvariate(8, 0.7))},{dice.choice((6, 12, 24, 36, 48))},{dice.choice(('female', 'male'))}\n"
