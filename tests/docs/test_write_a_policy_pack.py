"""The pack of docs/how-to/write-a-policy-pack.md is one, comes in as the page says, and asks what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from modelops_airflow.cli.policies import lint
from modelops_airflow.plan.governance_file import governance_in
from modelops_airflow.policy.in_force import library_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/write-a-policy-pack.md").read_text(encoding="utf-8")
LIFECYCLE = re.findall(r"```yaml\n(lifecycle: .*?)```", PAGE, re.DOTALL)[0]
PACK = re.findall(r"```yaml\n(pack: .*?)```", PAGE, re.DOTALL)[0]
MODULE = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0]
POINT = re.findall(r"```toml\n\[project.entry-points.\"modelops_airflow\"\]\n(.*?)```", PAGE, re.DOTALL)[0]

PLAN = """
import yaml
from pathlib import Path
from modelops_airflow.plan import plans_of
from modelops_airflow.registry import load_extensions
from modelops_airflow.spec.read import parse_model, read_governance
print(load_extensions())
body = yaml.safe_load(Path("dags/models/credit-risk.yaml").read_text())
body["policies"] = ["house", "acme-credit"]
body["model"]["facts"] = {"domain": "credit"}
release = plans_of(parse_model(yaml.safe_dump(body), "dags/models/credit-risk.yaml"), read_governance(Path("dags/governance.yaml")).spec)[0]
for step in release.steps:
    print(step.id, step.required_by, step.options.get("controls"))
"""


def test_the_pack_of_the_page_is_one(tmp_path: Path) -> None:
    (tmp_path / "acme-credit.yaml").write_text(PACK)

    lint([tmp_path / "acme-credit.yaml"])


def test_a_package_brings_the_pack_and_plans_have_what_it_asks(tmp_path: Path) -> None:
    (tmp_path / "acme-credit.yaml").write_text(PACK)
    (tmp_path / "acme_policies.py").write_text(MODULE)
    about = tmp_path / "acme-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[modelops_airflow]\n{POINT.replace(chr(34), '')}")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    told = subprocess.run([sys.executable, "-c", PLAN], cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)

    assert "attest-legal ('acme-credit ACME-3',) ['acme-credit ACME-3']" in told.stdout, told.stdout + told.stderr
    assert "robustness ('acme-credit ACME-2',)" in told.stdout and "'acme-credit ACME-1'" in told.stdout and told.stdout.startswith("()")


def test_pack_and_life_cycle_of_the_page_are_read_beside_governance(tmp_path: Path) -> None:
    for folder, name, text in (("policies", "acme-credit", PACK), ("lifecycles", "acme-release", LIFECYCLE)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.yaml").write_text(text)
    (tmp_path / "governance.yaml").write_bytes((ROOT / "dags/governance.yaml").read_bytes())

    library = library_of(governance_in(tmp_path / "governance.yaml").spec)

    assert "acme-credit" in library.packs and "drift-by-js" in [step.id for step in library.steps("acme-release")]
