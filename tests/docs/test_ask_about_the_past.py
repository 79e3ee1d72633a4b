"""The commands of docs/how-to/ask-about-the-past.md run over a register in which a year has happened, and its table of answers is whole."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "history")]

from past_world import Past  # noqa: E402 - found through the path set above
from test_as_of import three_versions  # noqa: E402

from bank import Bank  # noqa: E402
from modelops_airflow.cli import main  # noqa: E402
from modelops_airflow.history.as_of import NO, NOT_ASKED, NOT_KNOWN, YES  # noqa: E402
from modelops_airflow.inventory.register import Register  # noqa: E402

PAGE = (ROOT / "docs/how-to/ask-about-the-past.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


def test_each_command_of_the_page_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    register = Register(f"sqlite:///{tmp_path / 'register.db'}")
    register.migrate()
    bank = Bank(tmp_path / "bank", f"sqlite:///{tmp_path / 'register.db'}")
    past = Past(bank, monkeypatch)
    bank.open()
    three_versions(past)
    monkeypatch.setenv("AIRFLOW__MODELOPS__DATABASE_URL", bank.url)
    monkeypatch.setenv("AIRFLOW__MODELOPS__EVIDENCE", bank.store.url)
    for line in COMMANDS:
        monkeypatch.setattr(sys, "argv", line.replace("house-lending", "own").split())
        capsys.readouterr()
        try:
            main()
        except SystemExit as end:
            assert not end.code, line
        assert "own" in capsys.readouterr().out, line
    assert len(COMMANDS) == 6


def test_every_answer_is_in_the_table() -> None:
    assert re.findall(r"^\| (\w[\w ]*?) \|", PAGE, re.MULTILINE)[1:] == [YES, NO, NOT_KNOWN, NOT_ASKED]
