"""No model takes the place of a DAG of the installation, whatever its file is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from test_parse import home, interpreter, project

__all__ = ["home", "project"]

LIFECYCLES = "lifecycles:\n" + "".join(f"  {name}: {{uses: low-risk-fast-track}}\n" for name in ("notify", "recertify", "sync"))
CODE = """
import json, sys
from modelops_airflow.spec import read
{before}
from modelops_airflow.dag import dags_here
found = dags_here()
print(json.dumps({{name: sorted(found[name].task_ids) for name in found if name.startswith("modelops.")}}))
"""


@pytest.mark.parametrize("before", ["", "read.RESERVED = frozenset()"], ids=["the file is refused", "even if it were not"])
def test_a_model_named_modelops_replaces_no_dag_of_the_installation(project: Path, home: Path, before: str) -> None:
    models = project / "dags" / "models"
    text = (models / "pricing-rules.yaml").read_text(encoding="utf-8")
    (models / "modelops.yaml").write_text(text + LIFECYCLES, encoding="utf-8")
    for other in models.glob("*.yaml"):
        if other.stem != "modelops":
            other.unlink()
    found = json.loads(interpreter(CODE.format(before=before), project, home))
    assert found == {"modelops.recertify": ["claim", "start"], "modelops.sync": ["sync"]}
