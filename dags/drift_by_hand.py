"""A hand-written DAG with one of our checks: no model file, no register."""

from datetime import datetime

from airflow.sdk import DAG

from modelops_airflow.operators.standalone_check import StandaloneCheckOperator

with DAG("drift_by_hand", schedule=None, start_date=datetime(2026, 1, 1), tags={"modelops", "example"}):
    StandaloneCheckOperator(
        task_id="drift",
        check="drift",
        current="examples/credit/current.parquet",
        baseline="examples/credit/baseline.parquet",
        options={"method": "psi", "columns": ["amount", "duration_months", "housing"]},
        require={"psi": {"fail": ">= 0.25"}},
    )
