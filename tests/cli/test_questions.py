"""The questions about risk on the command line, and where a plan and a new model file have them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Call = Callable[..., Any]
ANSWERS = {"exposure": "small", "purpose": "support", "method": "rules", "truth": "soon", "effect": "none", "high-risk-by-law": "no"}


@pytest.fixture
def project(modelops: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert modelops("init", tmp_path / "bank").code == 0
    monkeypatch.chdir(tmp_path / "bank")
    return tmp_path / "bank"


def test_questions_answers_and_matrix_are_shown(modelops: Call) -> None:
    shown = modelops("policies", "questions", "house")
    body = json.loads(modelops("policies", "questions", "--json").out)

    assert shown.code == 0 and "exposure" in shown.out and "regulatory (3)" in shown.out and "never laxer" in shown.out
    assert [one["id"] for one in body["house"]["questions"]] == list(ANSWERS)
    assert modelops("policies", "questions", "four-fifths").code == 2
    assert "6 questions about risk" in " ".join(modelops("policies").out.split())


def test_a_plan_tells_how_the_tier_came_about_in_a_sentence(modelops: Call, project: Path) -> None:
    path = project / "dags/models/first.yaml"
    body = yaml.safe_load(path.read_text())
    body["model"] |= {"tier": 3, "risk": ANSWERS}
    path.write_text(yaml.safe_dump(body, sort_keys=False))
    shown = " ".join(modelops("plan", "first").out.split())

    assert "tier: house version 2 gives 3 at 1/1/1 of its matrix" in shown, shown
    assert "people 1 (effect: none, high-risk-by-law: no), as the file says" in shown


def test_a_new_model_file_has_the_questions_beside_its_tier(modelops: Call, project: Path) -> None:
    assert modelops("new", "model", "churn").code == 0
    text = (project / "dags/models/churn.yaml").read_text()

    assert "  # risk:" in text and all(f"  #   {question}: " in text for question in ANSWERS)
    lines = [line.replace("  #   ", "    ").partition("|")[0] if line.startswith("  #   ") else line.replace("  # risk:", "  risk:") for line in text.splitlines()]
    (project / "dags/models/churn.yaml").write_text("\n".join(lines).replace("tier: 2", "tier: 3"))
    assert "PLAN037" not in (answer := modelops("validate", "churn")).err and "SPEC" not in answer.err, "uncommented, it is a block of answers"
