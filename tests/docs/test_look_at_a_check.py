"""The commands of docs/how-to/look-at-a-check.md work as written, and draw the picture that the page shows."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/look-at-a-check.md"
IMAGE = ROOT / "docs/images/check-bias.svg"


def people() -> pa.Table:
    """A table with predictions and scores."""
    spec = importlib.util.spec_from_file_location("worlds_of_checks", ROOT / "tests/checks/worlds.py")
    assert spec and spec.loader
    worlds = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(worlds)
    table: pa.Table = worlds.people()
    return table


def test_the_commands_draw_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from modelops_airflow.cli import main

    (tmp_path / "examples").symlink_to(ROOT / "examples")
    pq.write_table(people(), tmp_path / "scored.parquet")
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^modelops .+$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) == 4
    for command in commands:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        try:
            main()
        except SystemExit as end:
            assert not end.code, (command, capsys.readouterr().err)
        ElementTree.parse(tmp_path / command.split()[-1])

    assert (tmp_path / "bias.svg").read_text() == IMAGE.read_text(encoding="utf-8"), f"copy the bias.svg of these commands to {IMAGE}"
