"""The demo's cast fits the example project; that it plays to the end is shown by `make demo DEMO=check`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modelops_airflow.cli.demo import Demo
from modelops_airflow.cli.demo_cast import CAST, OWNER, READER
from modelops_airflow.cli.local_airflow import LocalAirflow
from modelops_airflow.cli.people import held_by_login, users_of
from modelops_airflow.cli.sources import choose, governance_of, plans_in
from modelops_airflow.spec.project import Project

ROOT = Path(__file__).parents[2]


def test_every_example_has_a_part_and_every_gate_an_answer() -> None:
    gates = {plan.model_id: [step for step in plan.steps if step.phase == "gate"] for plan in plans_in(choose([], ROOT), "release")}

    assert set(gates) == {part.model for part in CAST}
    held = held_by_login(governance_of(Project(ROOT)))
    sides = {role: one.side for role, one in governance_of(Project(ROOT)).roles.items()}
    for part in CAST:
        steps = {step.id: step for step in gates[part.model]}
        for step, (user, decision, _) in part.answers.items():
            roles = set(steps[step].options["roles"])
            assert roles & {*held[user], *(sides[role] for role in held[user])}, (part.model, step)
            assert decision in ("approve", "reject")
        if part.ends == "in_use":
            assert list(part.answers) == list(steps)


@pytest.mark.parametrize("found", ["/usr/bin/java", None])
def test_a_part_whose_program_is_not_there_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str | None) -> None:
    monkeypatch.setattr("modelops_airflow.cli.demo_cast.which", lambda _program: found)

    cast = [part.model for part in Demo(LocalAirflow(tmp_path, ROOT, 8080, {}), lambda _: None).cast]

    assert cast == [part.model for part in CAST if (found or not part.needs) and (not part.built or (ROOT / part.built).exists())]


def test_the_control_side_may_only_look_in_airflow() -> None:
    users = users_of(Project(ROOT))

    assert {name: role for name, (role, _) in users.items()} == {
        "credit-dev": "user", "credit-owner": "user", "validator-1": "viewer", "risk-1": "viewer", "risk-2": "viewer",
        "legal-1": "viewer", "auditor-1": "viewer", "operator": "op", "admin": "admin",
    }
    assert {OWNER, READER} <= users.keys()
    assert len({password for _, password in users.values()}) == len(users)


@pytest.mark.parametrize(("state", "gates", "code"), [("in_use", 2, 0), ("rejected", 2, 1), ("in_use", 1, 1)])
def test_an_unintended_end_is_exit_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, gates: int, code: int) -> None:
    monkeypatch.setattr("modelops_airflow.cli.demo.CAST", CAST[:1])
    demo = Demo(LocalAirflow(tmp_path, ROOT, 8080, {}), lambda _: None)
    row = {"id": "credit-risk", "state": state, "deployment_state": "live", "version": "3.2.0", "approved_by": []}

    class Reader:
        def get(self, path: str, **_: Any) -> Any:
            return {"items": [row]} if path.endswith("/models") else {"gates": [{"step": "approve"}] * gates}

        def close(self) -> None:
            """Nothing to close."""

    demo._servers[READER] = Reader()  # type: ignore[assignment]

    assert demo._report(0.0, json=False) == code
