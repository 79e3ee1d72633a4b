"""Making a plan is what each parse of the DAGs does: it opens no database's library and none of a model's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEAVY = ["boto3", "fastapi", "httpx", "numpy", "pandas", "pyarrow", "sqlalchemy", "sqlglot"]
CODE = f"""
import json, sys
from pathlib import Path
from modelops_airflow.plan import plans_of
from modelops_airflow.spec.read import read_governance, read_model
governance = read_governance(Path("dags/governance.yaml")).spec
made = [one for file in sorted(Path("dags/models").glob("*.yaml")) for one in plans_of(read_model(file, review=False), governance)]
print(json.dumps([len(made), [name for name in {HEAVY!r} if name in sys.modules]]))
"""


def test_making_the_plans_of_all_examples_imports_nothing_heavy() -> None:
    ended = subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True)
    made, heavy = json.loads(ended.stdout)
    assert made >= 45 and heavy == []
