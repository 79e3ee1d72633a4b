"""The command and the step of docs/how-to/watch-a-decision-table.md work as written."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/watch-a-decision-table.md").read_text(encoding="utf-8")


def test_the_command_prints_what_the_page_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from modelops_airflow.cli import main

    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    (command,) = re.findall(r"^modelops .+$", PAGE, re.MULTILINE)
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    try:
        main()
    except SystemExit as end:
        assert not end.code, capsys.readouterr().err
    told = capsys.readouterr().out
    names = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert len(names) == 5 and all(name in told for name in names)


def test_the_step_of_the_page_compares_two_versions(tmp_path: Path) -> None:
    from modelops_airflow.evidence.statement import read_measurement
    from modelops_airflow.evidence.store import BlobStore
    from modelops_airflow.steps.local import run_local

    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, root / name)
    table = (root / "examples/pricing/model-1.4.0.yaml").read_text()
    (root / "examples/pricing/model-1.3.0.yaml").write_text(table.replace('{amount: "> 8000"', '{amount: "> 9000"'))
    (step,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    file = next(one for one in (root / "dags" / "models").iterdir() if "Instalment pricing" in one.read_text())
    file.write_text(file.read_text() + f"\nlifecycles:\n  release:\n    uses: standard-release\n    steps:\n{step}")
    run = run_local(root, file.stem, folder=tmp_path / "state")
    result = run.results["structure"]
    found = read_measurement(BlobStore(str(tmp_path / "state" / "evidence")), str(result.evidence))
    values = {row.name: row.value for row in found.metrics if not row.where}

    assert result.judgement is not None and result.judgement.verdict.value == "pass", (result.judgement, found)
    assert (values["rules_added"], values["rules_removed"]) == (1, 1) and 0 < (values["decisions_changed_share"] or 0) < 0.1
    assert "file:examples/pricing/model-1.3.0.yaml" in found.inputs
