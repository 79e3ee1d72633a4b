"""Every kind of file that we read, with a reader and valid texts to start from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelops_airflow.kinds.decision_tables.decision_table import parse_table
from modelops_airflow.plan import plans_of
from modelops_airflow.spec.read import parse_governance, parse_model, read_lifecycle, read_policy

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "modelops_airflow"

VALID = {
    "model": [path.read_text() for path in sorted((ROOT / "dags" / "models").glob("*.yaml"))],
    "governance": [(ROOT / "dags" / "governance.yaml").read_text()],
    "lifecycle": [path.read_text() for path in sorted((PACKAGE / "lifecycles").glob("*.yaml"))],
    "policy": [path.read_text() for path in sorted((PACKAGE / "packs").glob("*.yaml"))],
    "rules": [(ROOT / "examples" / "pricing" / "model-1.4.0.yaml").read_text()],
}


def readers(folder: Path) -> dict[str, Callable[[str], Any]]:
    """A function for each kind of file that reads a text as the product does; a model is planned as well."""
    rules = parse_governance(VALID["governance"][0], "dags/governance.yaml").spec

    def file(text: str) -> Path:
        path = folder / "one.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return path

    return {
        "model": lambda text: plans_of(parse_model(text, "dags/models/first.yaml"), rules),
        "governance": lambda text: parse_governance(text, "dags/governance.yaml"),
        "lifecycle": lambda text: read_lifecycle(file(text), name="lifecycles/one.yaml"),
        "policy": lambda text: read_policy(file(text), name="packs/one.yaml"),
        "rules": lambda text: parse_table(text, "models/one.yaml"),
    }
