"""Which run a command means: a local one by its folder, a governed one as `dag/run`, or the last two of a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import EvidenceError, RegisterError
from ..spec.project import Project
from .here import here

if TYPE_CHECKING:
    from ..steps.recorded import OnRecord


def recorded_run(name: str, root: Path) -> OnRecord:
    """A run by its name.

    Args:
        name: a folder with `run.json`, the name of one below `.modelops/runs`, or `dag/run` of the register.

    Raises:
        EvidenceError: there is none.
    """
    from ..steps.recorded import of_folder

    for folder in (Path(name), _runs(root) / name):
        if (folder / "run.json").is_file():
            return of_folder(folder)
    dag, slash, run = name.partition("/")
    if not (slash and dag and run) or name.startswith(("/", ".")):
        raise EvidenceError(f"there is no run {name!r} in {_runs(root)}; expected the folder of a local run, its name there, "
                            "or DAG/RUN of the register as `modelops inventory show MODEL` tells it")
    return _registered(dag, run)


def last_two(model: str, root: Path) -> tuple[OnRecord, OnRecord]:
    """The last two runs of a model's life cycle that ran last, the earlier first: local ones, or where there are not two, those of the register.

    Raises:
        EvidenceError: there are not two.
    """
    from ..steps.recorded import of_folder

    local = _local(model, _runs(root))
    if len(local) > 1:
        return of_folder(local[-2]), of_folder(local[-1])
    named = _governed(model)
    if len(named) > 1:
        return _registered(*named[1]), _registered(*named[0])
    raise EvidenceError(f"{model} has no two runs of one life cycle to compare, neither in {_runs(root)} nor in the register; "
                        f"make one: modelops run {model}")


def _runs(root: Path) -> Path:
    return Project.around(root).root / ".modelops" / "runs"


def _local(model: str, runs: Path) -> list[Path]:
    """Folders of a model's runs of the life cycle that ran last, by time, which their names begin with."""
    told = []
    for folder in sorted(runs.glob("*")) if runs.is_dir() else ():
        try:
            record = json.loads((folder / "run.json").read_bytes())
        except (OSError, ValueError):  # a run that was stopped before its first step has no record
            continue
        if isinstance(record, dict) and record.get("model") == model:
            told.append((folder, record.get("lifecycle")))
    return [folder for folder, lifecycle in told if lifecycle == told[-1][1]]


def _governed(model: str) -> list[tuple[str, str]]:
    """DAG and id of the last two runs of the DAG that ran last; none where there is no register."""
    from sqlalchemy import select

    from ..inventory.tables import RunRow

    try:
        register = here().register
    except RegisterError:
        return []
    with register.read() as session:
        rows = session.execute(select(RunRow.dag_id, RunRow.run_id).where(RunRow.model_id == model).order_by(RunRow.id.desc())).all()
    return [(dag, run) for dag, run in rows if dag == rows[0][0]][:2]


def _registered(dag: str, run: str) -> OnRecord:
    from ..governance.start import RunKey
    from ..steps.recorded import of_register

    place = here()
    return of_register(place.register, place.store, RunKey(dag, run))
