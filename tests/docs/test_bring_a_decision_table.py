"""The model files and the commands of docs/how-to/bring-a-decision-table.md work as written, and its findings are what the scan says."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from modelops_airflow.kinds import scan

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/bring-a-decision-table.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", re.findall(r"^modelops .+$", PAGE, re.MULTILINE))
def test_each_command_tells_which_rules_decide(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("zen")
    from modelops_airflow.cli import main

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    try:
        main()
    except SystemExit as end:
        assert not end.code, capsys.readouterr().err
    assert "rule_share" in capsys.readouterr().out


@pytest.mark.parametrize("lines", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_each_model_file_is_planned(lines: str) -> None:
    from modelops_airflow.plan import make_plan
    from modelops_airflow.spec.project import Project
    from modelops_airflow.spec.read import parse_model, read_governance

    text = (ROOT / "dags/models/pricing-dmn.yaml").read_text(encoding="utf-8")
    whole = re.sub(r"  kind: .*?(?=^data:)", lambda _: lines, text, flags=re.DOTALL | re.MULTILINE)
    assert lines in whole
    plan = make_plan(parse_model(whole, "dags/models/pricing-dmn.yaml"), read_governance(Project(ROOT).root / "dags/governance.yaml").spec, "release")
    assert "scan-artifact" in [step.id for step in plan.steps]


def test_the_findings_are_what_the_scan_says_of_the_example_changed() -> None:
    good = (ROOT / "examples/pricing/model-1.0.0.dmn").read_text(encoding="utf-8")
    entry = '<text>{}</text></inputEntry>\n        <outputEntry><text>"standard"'
    changed = [good.replace(entry.format("-"), entry.format('"rent"')), good.replace('"FIRST"', '"UNIQUE"'),
               good.replace("&gt; 12000", "-").replace("&gt; 36", "-", 1)]
    told = [note for data in changed for note in scan("dmn", data.encode(), file="m.dmn").notes]
    (findings,) = re.findall(r"```\n(gap: .*?)```", PAGE, re.DOTALL)
    assert len(findings.splitlines()) == 3 and set(findings.splitlines()) <= set(told), told
