"""A worker of the queue of re-certification, as the DAG's tasks do its rounds, that can be killed at any place."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

from sqlalchemy import event

from fleet_world import Fleet
from modelops_airflow.governance.claim import claim, still_held
from modelops_airflow.governance.settle import settle


def work(fleet: Fleet, airflow: Path, die_at: int) -> None:
    """One round, as the DAG's tasks do it, with a folder for Airflow: a run is a file whose name it has once. 0 never dies."""
    count = 0

    def point(*_arguments: Any) -> None:
        nonlocal count
        count += 1
        if count == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "commit"):
        event.listen(fleet.register.engine, name, point)
    settle(fleet.register, lambda dag, run: "queued" if (airflow / f"{dag}@{run}").exists() else None)
    for one in claim(fleet.register, f"round-{os.getpid()}"):
        point()
        held = still_held(fleet.register, one.row, f"round-{os.getpid()}")
        if held is None:
            continue
        with (airflow / "asked").open("a") as file:
            file.write(f"{held.dag_id}@{held.run_id}\n")
        try:
            os.close(os.open(airflow / f"{held.dag_id}@{held.run_id}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            continue
        point()


def killed(fleet: Fleet, airflow: Path, die_at: int) -> bool:
    """Whether a process of its own was killed at that place."""
    process = multiprocessing.get_context("fork").Process(target=work, args=(fleet, airflow, die_at))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return process.exitcode != 0
