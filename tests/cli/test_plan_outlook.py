"""modelops plan --against says what has to run, how long that takes as the past has it, and what falls due."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from modelops_airflow.signing.ed25519 import fingerprint, generate, raw_public
from modelops_airflow.steps.snapshot import sealed

Call = Callable[..., Any]
TODAY = datetime.now(UTC)
APPROVED = TODAY - timedelta(days=10)
EVERY = """pack: acme
version: 1
title: What Acme asks.
effective: {from: 2020-01-01, basis: project default}
controls:
  - id: ACME-1
    ref: section 4
    text: It is reviewed.
    class: risk
    at: [review]
    steps: [drift]
    every: {period: PERIOD, basis: project default}
"""


@pytest.fixture
def asked(project: Path, modelops: Call, tmp_path: Path) -> Callable[..., Any]:
    """`plan --against HEAD` over a snapshot that knows what `first` took, and when it and an approval of it were last approved and end."""
    file = project / "dags/models/first.yaml"
    text = file.read_text()
    file.write_text(text + ("" if "review:" in text else "  review: {uses: periodic-review}\n"))
    (project / "dags/policies").mkdir(exist_ok=True)
    governance = project / "dags/governance.yaml"
    governance.write_text(governance.read_text() + "\npolicies: [acme]\n")
    write(project, "P5Y")
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "one")):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", *words], cwd=project, check=True, capture_output=True)
    key = generate(tmp_path / "house.pem")

    def call(work: dict[str, Any], *more: str) -> Any:
        (tmp_path / "fleet").write_bytes(sealed({
            "form": "modelops-snapshot/2", "made_at": "2026-11-26T00:00:00Z", "origin": "o", "runs": {}, "statements": {},
            "past": {"work": work, "approved": {"first": APPROVED.isoformat()}, "expires": {"first": (TODAY + timedelta(days=50)).isoformat()}}}, key))
        return modelops("plan", "--against", "HEAD", "--evidence", tmp_path / "fleet", "--trust", fingerprint(raw_public(key)), *more)
    return call


def write(project: Path, period: str) -> None:
    (project / "dags/policies/acme.yaml").write_text(EVERY.replace("PERIOD", period))


def test_a_shorter_period_says_when_the_review_is_due_by_either_side(asked: Callable[..., Any], project: Path) -> None:
    write(project, "P7D")
    told = asked({}).out
    due = (APPROVED + timedelta(days=7)).date()
    assert f"-> {due} and is overdue then" in " ".join(told.split()), told
    [entry] = [one for one in json.loads(asked({}, "--json").out) if one["what"] == "falls due"]
    assert (entry["model"], entry["due"]["after"]) == ("first", due.isoformat())
    assert f"&#45;&#62; {due}" in asked({}, "--format", "markdown").out or f"-&#62; {due}" in asked({}, "--format", "markdown").out


def test_what_has_to_run_is_counted_in_hours_of_tasks_and_of_people(asked: Callable[..., Any], project: Path) -> None:
    write(project, "P7D")
    assert "as the last runs took" in asked({}).out and "an unknown time of tasks" in asked({}).out
    found = asked({"first.review": {"task_hours": 0.5, "waiting_hours": 60.0}, "first.release": {"task_hours": 90.0, "waiting_hours": 1.0}})
    assert "3 life cycles have to run: about 3.8 days of tasks (2 of 3 are known), and the longest wait for people 2.5 days, as the last runs took" in " ".join(found.out.split()), found.out
    work = {one["lifecycle"]: one["work"] for one in json.loads(asked({"first.review": {"task_hours": 0.5, "waiting_hours": None}}, "--json").out)}
    assert work["review"] == {"task_hours": 0.5, "waiting_hours": None}


def test_approvals_that_end_by_a_day_to_come_are_told_though_no_plan_differs(asked: Callable[..., Any]) -> None:
    assert asked({}).out.strip().endswith("no plan differs from HEAD")
    before, after = ((TODAY + timedelta(days=days)).date().isoformat() for days in (49, 51))
    assert "approvals of what is live" not in asked({}, "--on", before).out
    told = asked({}, "--on", after)
    assert told.code == 0 and "no plan differs from HEAD" in told.out and "approvals of what is live: due" in " ".join(told.out.split())
