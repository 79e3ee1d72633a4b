"""The command and the steps of docs/how-to/describe-a-data-set.md work as written."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/describe-a-data-set.md").read_text(encoding="utf-8")
DOCUMENT = "".join(f"## {title}\n{'Something that people know of this data. ' * 5}\n"
                   for title in ("Motivation", "Collection process", "Preprocessing", "Uses", "Distribution", "Maintenance"))


def test_the_command_writes_a_datasheet_and_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from modelops_airflow.cli import main

    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "sheets").mkdir()
    monkeypatch.chdir(tmp_path)
    (command,) = re.findall(r"^modelops .+$", PAGE, re.MULTILINE)
    monkeypatch.setattr(sys, "argv", shlex.split(command))
    try:
        main()
    except SystemExit as end:
        assert not end.code, capsys.readouterr().err
    assert sorted(one.name for one in (tmp_path / "sheets").iterdir()) == ["datasheet.md", "quality.svg"]
    told = capsys.readouterr().out
    for name in re.findall(r"`([a-z_]+)`", PAGE[PAGE.index("The table has"):PAGE.index("Quantiles of numbers")]):
        assert name in told, name


def test_the_steps_of_the_page_are_judged_and_the_document_is_taken_over(tmp_path: Path) -> None:
    from modelops_airflow.evidence.store import BlobStore
    from modelops_airflow.steps.local import run_local

    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, root / name)
    (root / "data.md").write_text(DOCUMENT)
    first, second = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    steps = textwrap.dedent(first) + textwrap.dedent(second)
    file = root / "dags" / "models" / "credit-risk.yaml"
    file.write_text(file.read_text() + "\nlifecycles:\n  release:\n    uses: standard-release\n    steps:\n" + textwrap.indent(steps, "      "))
    run = run_local(root, "credit-risk", folder=tmp_path / "state")

    assert {step: run.results[step].judgement.verdict.value for step in ("describe", "data-document")} == {"describe": "pass", "data-document": "pass"}  # type: ignore[union-attr]
    sheet = BlobStore(str(tmp_path / "state" / "evidence")).get(run.results["describe"].products["datasheet.md"]).decode()
    assert "Something that people know of this data." in sheet and "Not written" not in sheet
