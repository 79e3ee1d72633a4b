"""A check of the project's own as tasks run it: the code that was pinned, and no other."""

from __future__ import annotations

import pytest
from airflow.sdk.exceptions import AirflowException
from sqlalchemy import select
from workbench import Bench

from modelops_airflow.inventory.tables import ResultRow, RunRow
from modelops_airflow.operators.measure import MeasureOperator
from modelops_airflow.operators.pin import PinOperator
from modelops_airflow.operators.profile import ProfileOperator
from modelops_airflow.operators.scan_artifact import ScanArtifactOperator

CHECK = '''
from modelops_airflow.checks import check
from modelops_airflow.measurement import Measurement, Metric

@check("volume", version=1, metrics=("volume",))
def volume(profiles):
    """Rows."""
    return Measurement.of("volume", [Metric("volume", float(profiles.current.rows))])
'''


def test_a_task_runs_the_pinned_code_and_errs_after_it_changed(bench: Bench) -> None:
    (bench.root / "checks").mkdir()
    path = bench.root / "checks" / "volume.py"
    path.write_text(CHECK)
    file = bench.root / "dags" / "models" / "pricing-rules.yaml"
    file.write_text(file.read_text().rstrip() + "\nlifecycles:\n  release:\n    uses: low-risk-fast-track\n    steps:\n"
                    '      volume: {uses: volume, insert: {after: profile}, require: {volume: {fail: "< 10"}}}\n')
    context = bench.context("pricing-rules.release")
    PinOperator(task_id="pin", model_id="pricing-rules", lifecycle="release").execute(context)
    ScanArtifactOperator(task_id="scan-artifact").execute(context)
    ProfileOperator(task_id="profile").execute(context)
    MeasureOperator(task_id="volume").execute(context)

    path.write_text(CHECK.replace("float(profiles.current.rows)", "1e9"))
    with pytest.raises(AirflowException, match="no longer has the code that the plan of this run names"):
        MeasureOperator(task_id="volume").execute(context)
    with bench.register.read() as session:
        run = session.scalars(select(RunRow)).one()
        rows = session.scalars(select(ResultRow).where(ResultRow.step == "volume").order_by(ResultRow.id)).all()
    assert [(row.status, row.verdict) for row in rows] == [("measured", "pass"), ("error", "error")]
    assert "checks/volume.py" in {one["file"] for one in run.provenance}, "its writers are asked for"
