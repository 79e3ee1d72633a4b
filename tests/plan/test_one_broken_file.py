"""One file that nobody foresaw is a mistake of that file, and takes no other with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from modelops_airflow.duration_text import DURATION
from modelops_airflow.plan import make, plans_of
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.project import Project
from modelops_airflow.spec.read import read_governance, read_model
from modelops_airflow.steps.definitions import problems_of

ROOT = Path(__file__).parents[2]


def test_what_no_linter_foresaw_is_a_located_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    governance = read_governance(ROOT / "dags/governance.yaml").spec
    good, bad = (ROOT / "dags/models" / name for name in ("credit-risk.yaml", "pricing-rules.yaml"))
    lint = make.lint

    def overflows(draft: make.Draft) -> None:
        if draft.model.spec.model.id == "pricing-rules" or draft.model.file.endswith("pricing-rules.yaml"):
            raise OverflowError("days=1003649625; must have magnitude <= 999999999")
        lint(draft)

    monkeypatch.setattr(make, "lint", overflows)

    with pytest.raises(SpecError, match=r"PLAN028 the file cannot be planned: OverflowError\('days=1003649625"):
        plans_of(read_model(bad), governance)
    assert plans_of(read_model(good), governance), "the control"
    found = problems_of(Project(ROOT), governance, [good, bad])
    assert [one.code for one in found] == ["PLAN028"]


@pytest.mark.parametrize(("text", "good"), [
    ("P5D", True), ("P1Y6M", True), ("P99Y", True), ("PT30M", True), ("P9999D", True),
    ("P", False), ("PT", False), ("P9999Y", False), ("P1Y" * 2, False), ("P" + "99Y" * 300, False), ("P99999D", False), ("PT1H" * 2, False),
])
def test_a_duration_is_bounded(text: str, good: bool) -> None:
    assert bool(DURATION.fullmatch(text)) == good
