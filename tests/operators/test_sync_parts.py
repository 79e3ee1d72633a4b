"""A part of the round that fails is told and fails the task, after every other part was done."""

from __future__ import annotations

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException
from workbench import Bench

from modelops_airflow.errors import EvidenceError
from modelops_airflow.operators import sync
from modelops_airflow.operators.sync import SyncOperator
from modelops_airflow.steps import converge, doubted, erase

PARTS = {
    "governance": (sync, "offered"), "definitions": (sync, "defined"), "look at the targets": (converge, "converge"), "re-certification": (doubted, "recertified"),
    "erasure": (erase, "erase_approved"), "checkpoint": (sync, "checkpointed"), "note of the set-up": (sync, "note_setup"),
}


@pytest.mark.parametrize("error", [EvidenceError("document sha256:1 is missing"), TypeError("document sha256:1 is missing")], ids=["ours", "any"])
@pytest.mark.parametrize("broken", sorted(PARTS))
def test_what_stops_one_part_stops_no_other_and_the_task_fails_at_the_end(bench: Bench, monkeypatch: pytest.MonkeyPatch, broken: str, error: Exception) -> None:
    done: list[str] = []

    def stands_in(name: str) -> Any:
        def work(*_arguments: Any, **_options: Any) -> list[str]:
            done.append(name)
            if name == broken:
                raise error
            return []
        return work

    for name, (module, function) in PARTS.items():
        monkeypatch.setattr(module, function, stands_in(name))
    with pytest.raises(AirflowException, match=f"no {broken}: document sha256:1 is missing"):
        SyncOperator(task_id="sync").execute(bench.context("modelops.sync"))
    assert done == list(PARTS)
