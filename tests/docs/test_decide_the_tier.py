"""The model file and the pack of docs/how-to/decide-the-tier.md are what the page says they are."""

from __future__ import annotations

import re
from pathlib import Path

from modelops_airflow.cli.policies import lint
from modelops_airflow.plan import plans_of
from modelops_airflow.spec.read import parse_model, read_governance

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/decide-the-tier.md").read_text(encoding="utf-8")
MODEL, PACK = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def test_the_model_of_the_page_has_the_tier_that_follows() -> None:
    plan = plans_of(parse_model(MODEL, "credit-risk.yaml"), read_governance(ROOT / "dags/governance.yaml").spec)[0]

    assert plan.model["tier"] == plan.tiering["house"]["tier"] == 1


def test_the_pack_of_the_page_is_one(tmp_path: Path) -> None:
    (tmp_path / "acme-tiers.yaml").write_text(PACK)

    lint([tmp_path / "acme-tiers.yaml"])
