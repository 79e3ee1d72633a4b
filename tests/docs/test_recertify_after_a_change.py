"""What docs/how-to/recertify-after-a-change.md shows is accepted: the budget, the commands, the life cycles and the DAG."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelops_airflow.cli import main, recertify
from modelops_airflow.spec.read import parse_governance, parse_model

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/recertify-after-a-change.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines()]


def test_the_budget_is_read_and_says_the_defaults() -> None:
    text = (ROOT / "dags/governance.yaml").read_text(encoding="utf-8")
    given = parse_governance(f"{text}\n{blocks('yaml')[0]}", "dags/governance.yaml").spec.recertification
    assert given is not None and given.hours_per_day == 12
    assert given.model_copy(update={"hours_per_day": None}) == type(given)()


def test_the_life_cycles_are_read() -> None:
    text = (ROOT / "dags/models/pricing-rules.yaml").read_text(encoding="utf-8")
    assert set(parse_model(f"{text}\n{blocks('yaml')[1]}", "dags/models/x.yaml").spec.lifecycles or {}) == {"release", "review"}
    assert yaml.safe_load(blocks("yaml")[1])


class Answers:
    """A server that answers as ours does, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def get(self, path: str) -> dict[str, Any]:
        self.asked.append((path, {}))
        model = {"model": "pricing-rules", "tier": 1, "state": "failed", "verdict_before": "pass", "verdict": None, "expected": "fail", "attempt": 1,
                 "reason": "its run ended without a decision", "changes": []}
        return {"of": 120, "done": 37, "running": 4, "waiting": 78, "failed": 1, "days_left": 1, "paused": None, "models": [model],
                "tiers": {"1": {"done": 37, "running": 4, "waiting": 78, "failed": 1}}}

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((path, body))
        return {"until": body.get("until"), "attempt": 2}


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_is_sent_as_it_stands(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    server = Answers()
    monkeypatch.setattr(recertify, "server_for", lambda *_: server)
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    try:
        main()
    except SystemExit as end:
        assert not end.code
    told = capsys.readouterr()
    assert len(server.asked) == 1, told.err
    if command.endswith("status"):
        assert "37 of 120 done, 4 running, 78 waiting, 1 failed; 1 day left at the budget" in told.out
        assert "its run ended" in told.out


def test_what_did_not_pass_and_what_the_ledger_does_not_have_is_said() -> None:
    told = {"of": 9, "done": 7, "running": 0, "waiting": 0, "failed": 0, "doubted": 2, "not_passed": 3, "paused": None}
    assert recertify.line(told) == "7 of 9 done, 0 running, 0 waiting, 0 failed, 2 doubted, 3 of those done did not pass"


def test_the_dag_waits_for_the_asset_that_is_told() -> None:
    from modelops_airflow.operators.recertify import RECERTIFY

    (code,) = blocks("python")
    (asset,) = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Asset"]
    from airflow.sdk import Asset, PartitionedAssetTimetable

    assert Asset(**{str(word.arg): ast.literal_eval(word.value) for word in asset.keywords}) == RECERTIFY
    assert PartitionedAssetTimetable(assets=RECERTIFY)
