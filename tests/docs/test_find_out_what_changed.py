"""The commands of docs/how-to/find-out-what-changed.md, in the order of the page, in a project as `modelops init` makes it."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

import pytest

from modelops_airflow.cli import main
from modelops_airflow.evidence.difference import KINDS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/find-out-what-changed.md").read_text(encoding="utf-8")
BLOCKS = [body for language, body in re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) if not language]


def test_the_page_works_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def call(line: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), *capsys.readouterr()

    for name in ("ROOT", "DATABASE_URL", "EVIDENCE"):
        monkeypatch.delenv(f"AIRFLOW__MODELOPS__{name}", raising=False)
    project = tmp_path / "bank"
    call(f"modelops init {project}")
    monkeypatch.chdir(project)
    first, sentence, as_json, as_of, fresh = BLOCKS

    for line in first.strip().splitlines():
        code, out, err = call(line)
        assert code == 0, out + err
    assert sentence.strip() in out
    assert json.loads(call(as_json)[1])["equal"] is True
    run = sorted(path.name for path in (project / ".modelops/runs").iterdir())[0]
    code, out, err = call(as_of.replace("RUN", run))
    assert (code, sentence.strip() in out) == (0, True), out + err

    data = project / "models/first/current.csv"
    lines = data.read_text().splitlines(keepends=True)
    data.write_text("".join(lines[:-1]))
    code, _, err = call(as_of.replace("RUN", run))
    assert (code, "current has other bytes now" in err, "--fresh" in err) == (2, True, True)
    code, out, _ = call(fresh.replace("RUN", run))
    assert (code, "cause: data" in out, f"{len(lines) - 1} → {len(lines) - 2} rows" in out) == (1, True, True), out


def test_the_page_names_every_kind_of_cause() -> None:
    assert re.findall(r"^\| (\w+) \|", PAGE, re.MULTILINE) == ["cause", *KINDS]
