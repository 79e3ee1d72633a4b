"""Which rule decides how many rows: every number here was counted by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from asked import Rows
from worlds import by_where, example, profiles

from modelops_airflow.checks import CheckContext, run_check
from modelops_airflow.digest import digest_bytes
from modelops_airflow.evidence.floor import floored
from modelops_airflow.kinds import KINDS, scan, verify
from modelops_airflow.measurement import Measurement, Status, Verdict
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge
from modelops_airflow.spec.project import Project

RULES = [{"when": {"age": "< 18"}, "then": "no"}, {"when": {"age": ">= 18 and < 60", "city": "north"}, "then": "yes"},
         {"when": {"city": "moon"}, "then": "no"}, {"then": "look"}]


def table_of(rules: Sequence[dict[str, Any]]) -> bytes:
    return json.dumps({"rules": 1, "hit": "first", "output": "o", "rules_in_order": list(rules),
                       "inputs": {"age": {"type": "number", "min": 0, "max": 120}, "city": {"type": "text", "values": ["north", "south", "moon"]}}}).encode()


def loaded(data: bytes) -> Any:
    return KINDS["rules"].load(verify("rules", data, digest_bytes(data), scan("rules", data, file="m.yaml")))


def people(children: int, north: int, old: int) -> pa.Table:
    """Rows of the first, the second and the fourth rule."""
    return pa.table({"age": [5] * children + [30] * north + [70] * old, "city": ["south"] * children + ["north"] * (north + old), "extra": list(range(children + north + old))})


def measured(current: pa.Table, baseline: pa.Table | None = None, *, rules: Any = RULES, folder: Path | None = None, **options: Any) -> Measurement:
    context = CheckContext(dataset=Rows(current), baseline=None if baseline is None else Rows(baseline), decisions=loaded(table_of(rules)).decisions,
                           resolve=Project(folder).resolve if folder else None)
    return run_check("structure", profiles(current, baseline), options, context=context)


def shares(found: Measurement, side: str) -> list[float | None]:
    return [row.value for row in found.metrics if row.name == "rule_share" and row.where["side"] == side]


def value(found: Measurement, name: str, **where: str) -> float | None:
    result: float | None = by_where(found.metrics, name, **where).value
    return result


def test_rows_are_counted_by_the_rule_that_decides_them() -> None:
    found = measured(people(20, 30, 50), people(40, 40, 20))

    assert shares(found, "current") == [0.2, 0.3, 0.0, 0.5] and shares(found, "baseline") == [0.4, 0.4, 0.0, 0.2]
    assert value(found, "rule_distance") == pytest.approx((0.2 + 0.1 + 0 + 0.3) / 2)
    assert value(found, "outcome_distance") == pytest.approx((0.2 + 0.1 + 0.3) / 2)
    assert (value(found, "default_share", side="current"), value(found, "default_share", side="baseline")) == (0.5, 0.2)
    unused = by_where(found.metrics, "rules_unused")
    assert (unused.value, unused.reason, unused.n) == (1.0, "rules 3", 4)
    assert by_where(found.metrics, "rule_share", rule="2", side="current").reason == "age in [18, 60) and city in ['north']: yes"


def test_rows_that_move_between_rules_of_one_outcome_move_no_outcome() -> None:
    moon = pa.table({"age": [30] * 100, "city": ["moon"] * 100})
    found = measured(moon, people(100, 0, 0))
    assert (value(found, "rule_distance"), value(found, "outcome_distance")) == (1.0, 0.0)


def test_the_same_data_has_no_distance() -> None:
    found = measured(people(20, 30, 50), people(40, 60, 100))
    assert (value(found, "rule_distance"), value(found, "outcome_distance")) == (0.0, 0.0)


def test_the_rule_that_fires_is_the_one_whose_outcome_is_the_prediction() -> None:
    data = Path(__file__).parents[2].joinpath("examples/pricing/model-1.4.0.yaml").read_bytes()
    scorer, rows = loaded(data), example("pricing", "current")
    fired = scorer.decisions().fired(rows).tolist()

    assert [scorer.decisions().rules[place].outcome for place in fired] == scorer.score(rows)["prediction"].to_pylist()
    amount, months, housing = (rows[name].to_pylist() for name in ("amount", "duration_months", "housing"))
    by_hand = [0 if a > 12000 and m > 36 else 1 if a > 8000 and h != "own" else 2 if m > 36 else 3 for a, m, h in zip(amount, months, housing, strict=True)]
    assert fired == by_hand and len(set(by_hand)) == 4


def test_another_version_of_the_table_is_compared_row_by_row(tmp_path: Path) -> None:
    old = [{"when": {"age": "< 21"}, "then": "no"}, {"when": {"age": ">= 21 and < 60"}, "then": "yes"}, {"then": "look"}]
    (tmp_path / "old.yaml").write_bytes(table_of(old))
    rows = pa.table({"age": [5] * 20 + [18] * 15 + [30] * 25 + [30] * 40, "city": ["south"] * 20 + ["north"] * 15 + ["south"] * 25 + ["north"] * 40})
    found = measured(rows, folder=tmp_path, against="old.yaml")

    assert value(found, "decisions_changed_share") == pytest.approx((15 + 25) / 100)
    moves = {(row.where["from"], row.where["to"]): (row.value, row.n) for row in found.metrics if row.name == "decision_moved_share"}
    assert moves == {("no", "yes"): (0.15, 15), ("yes", "look"): (0.25, 25)}
    added, removed = by_where(found.metrics, "rules_added"), by_where(found.metrics, "rules_removed")
    assert (added.value, removed.value) == (3, 2) and removed.reason == "age in [0, 21): no; age in [21, 60): yes"
    assert found.inputs["file:old.yaml"] == digest_bytes(table_of(old)) and found.notes == ("compared with the rules of old.yaml",)


def test_the_same_table_again_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "same.yaml").write_bytes(table_of(RULES))
    found = measured(people(20, 30, 50), folder=tmp_path, against="same.yaml")
    assert [value(found, name) for name in ("decisions_changed_share", "rules_added", "rules_removed")] == [0, 0, 0]
    assert not any(row.name == "decision_moved_share" for row in found.metrics)


def test_without_a_baseline_distances_have_no_value() -> None:
    found = measured(people(20, 30, 50))
    assert by_where(found.metrics, "rule_distance").reason == "there is no baseline to compare with"
    assert shares(found, "baseline") == []
    rule = [Requirement("rule_distance", None, "> 0.1", {}, "model file", default=False)]
    assert judge(rule, found).verdict is Verdict.ERROR
    assert judge(rule, measured(people(20, 30, 50), people(40, 40, 20))).verdict is Verdict.FAIL


def test_a_table_without_a_rule_for_the_rest_has_no_default_share() -> None:
    rules = [{"when": {"age": "< 18"}, "then": "no"}, {"when": {"age": ">= 18"}, "then": "yes"}]
    row = by_where(measured(people(20, 30, 50), rules=rules).metrics, "default_share", side="current")
    assert (row.value, row.reason) == (None, "every rule has a condition")


def test_evidence_tells_of_no_rule_that_decides_fewer_than_ten_rows() -> None:
    shown = floored(measured(people(3, 40, 60)))
    assert shares(shown, "current") == [None, None, 0.0, 60 / 103], "what the others leave would tell of the three"
    assert shares(floored(measured(people(10, 40, 60))), "current") == [10 / 110, 40 / 110, 0.0, 60 / 110], "the control"


@pytest.mark.parametrize(("current", "told"), [
    (pa.table({"age": [5, 200], "city": ["south"] * 2}), "row 1 of the data has age missing or outside its declared values"),
    (pa.table({"age": [5, None], "city": ["south"] * 2}), "age missing or outside"), (pa.table({"age": ["a"], "city": ["south"]}), "declared as a number"),
    (pa.table({"age": [5], "town": ["south"]}), "needs columns the data does not have: city"), (people(0, 0, 0), "has no rows"),
])
def test_rows_that_the_rules_cannot_decide_are_an_error(current: pa.Table, told: str) -> None:
    found = measured(current)
    assert found.status is Status.ERROR and told in found.notes[0], found.notes


def test_another_version_that_is_no_table_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "gap.yaml").write_bytes(table_of(RULES[:1]))
    (tmp_path / "words.yaml").write_text("nothing")
    for file, told in (("gap.yaml", "scan"), ("words.yaml", "scan"), ("none.yaml", "cannot be read")):
        found = measured(people(20, 30, 50), folder=tmp_path, against=file)
        assert found.status is Status.ERROR and told in found.notes[0], found.notes
    assert "there is no project here" in measured(people(20, 30, 50), against="x.yaml").notes[0]


def test_a_model_of_something_else_has_no_rules_and_no_model_is_an_error() -> None:
    now = people(20, 30, 50)
    other = run_check("structure", profiles(now), {}, context=CheckContext(dataset=Rows(now), decisions=lambda: None))
    assert other.status is Status.NOT_APPLICABLE and "not made of rules" in other.notes[0]
    assert "there is none here" in run_check("structure", profiles(now), {}).notes[0]

    def raises() -> None:
        raise RuntimeError("out of order")

    broken = run_check("structure", profiles(now), {}, context=CheckContext(dataset=Rows(now), decisions=raises))
    assert broken.status is Status.ERROR and "out of order" in broken.notes[0]
    rows = run_check("structure", profiles(now), {}, context=CheckContext(decisions=loaded(table_of(RULES)).decisions))
    assert "cannot be read here" in rows.notes[0]
