"""What docs/how-to/score-in-batches.md shows is valid, plans as it says, and writes the file and the columns that it names."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import yaml

sys.path.insert(0, str(Path(__file__).parents[1] / "steps"))

from score_world import batch_bank, score_run, scored

from bank import Bank, bank, migrated, postgres, register_url
from modelops_airflow.inventory.tables import ScoredRow
from modelops_airflow.plan import plans_of
from modelops_airflow.spec.read import parse_governance, parse_model
from modelops_airflow.steps.run import Interval
from modelops_airflow.targets.partition import Partition

__all__ = ["bank", "migrated", "postgres", "register_url"]
PAGE = (Path(__file__).parents[2] / "docs/how-to/score-in-batches.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


def test_the_place_and_the_life_cycles_of_the_page_plan_as_it_says() -> None:
    place, lifecycles = blocks("yaml")
    root = Path(__file__).parents[2]
    governance = yaml.safe_load((root / "dags/governance.yaml").read_text()) | yaml.safe_load(place)
    model = yaml.safe_load((root / "dags/models/credit-risk.yaml").read_text()) | yaml.safe_load(lifecycles)
    model["data"]["columns"] |= {"key": ["application_id"], "ignore": [], "time": "at"}
    plans = {one.lifecycle: one for one in plans_of(parse_model(yaml.safe_dump(model), "credit-risk.yaml"), parse_governance(yaml.safe_dump(governance), "governance.yaml").spec)}
    assert set(plans) == {"release", "monitor", "score"}
    assert (plans["score"].scores, plans["score"].schedule, plans["score"].data["window"]) == ("overnight", "0 3 * * *", {"last": "P1D"})  # type: ignore[index]


def test_the_file_is_called_as_the_page_says(tmp_path: Path) -> None:
    one = Partition(tmp_path, "credit-risk", datetime(2026, 3, 2, 3, tzinfo=UTC), datetime(2026, 3, 3, 3, tzinfo=UTC))
    assert f"overnight/{one.name}\n" in PAGE


def test_the_query_of_the_page_says_who_made_a_file(bank: Bank) -> None:
    batch_bank(bank).live()
    scored(score_run(bank, interval=Interval(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))))
    with bank.register.read() as session:
        output = session.query(ScoredRow.output).scalar()
        row = session.connection().exec_driver_sql(blocks("sql")[0].rstrip().rstrip(";").replace("sha256:...", output)).mappings().one()
    assert (row["version"], row["rows"]) == ("1.0.0", 3)


def test_the_asset_of_the_page_is_the_one_that_the_dag_names() -> None:
    from airflow.sdk import Asset

    from modelops_airflow.operators.score import ScoreOperator

    found = eval(re.search(r"Asset\(.*?\)", blocks("python")[0])[0], {"Asset": Asset})  # type: ignore[index]
    assert [found] == ScoreOperator(task_id="score", asset="credit-risk.score").outlets
