"""What must be quick and work without Airflow, in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("airflow", "great_expectations", "evidently", "pandas", "sklearn", "scipy", "fairlearn", "mlflow")
PROBE = """
import sys
from modelops_airflow.cli import main
sys.argv = ["modelops", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print("IMPORTED", *sorted(set(sys.modules) & {names!r}))
"""


def imported(*arguments: object, cwd: Path = ROOT, names: tuple[str, ...] = HEAVY) -> set[str]:
    probe = PROBE.replace("{names!r}", repr(set(names)))
    done = subprocess.run([sys.executable, "-c", probe, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize("arguments", [("validate",), ("plan",), ("checks",)])
def test_reading_commands_import_nothing_heavy(arguments: tuple[str, ...]) -> None:
    assert imported(*arguments) == set()


def test_a_check_does_not_import_airflow() -> None:
    data = ("--current", "examples/pricing/current.parquet", "--baseline", "examples/pricing/baseline.parquet")
    assert "airflow" not in imported("check", "drift", *data, "--with", "method=psi")


def test_a_local_run_does_not_import_airflow(project: Path) -> None:
    assert imported("run", "first", cwd=project) <= {"pandas"}  # which PyArrow itself looks for


def test_validate_imports_no_numerical_library() -> None:
    assert imported("validate", names=("numpy", "pyarrow", "duckdb", "sqlalchemy.orm", "httpx", "rich")) <= {"rich", "sqlalchemy.orm"}
