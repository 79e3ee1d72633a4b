"""Checks of the project's own from the command line: written, listed, validated, planned, run, and compared over revisions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
STEP = """\
  own:
    uses: low-risk-fast-track
    steps:
      gaps:
        uses: amount-gaps
        insert: {after: profile}
        with: {column: amount}
        require: {missing_share: {fail: "> 0.5"}}
"""


@pytest.fixture
def own(modelops: Call, project: Path) -> Path:
    """A project with a new check, named in a life cycle."""
    assert modelops("new", "check", "amount-gaps").code == 0
    path = project / "dags" / "models" / "first.yaml"
    path.write_text(path.read_text() + STEP)
    return project


def test_a_new_check_passes_its_own_test_and_runs_in_a_life_cycle(modelops: Call, own: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"], cwd=own, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "3 passed" in done.stdout, done.stdout + done.stderr
    assert modelops("validate").out.strip() == "3 files, no mistakes"
    ran = json.loads(modelops("run", "first", "--lifecycle", "own", "--json").out)
    assert ran["verdict"] == "pass" and ran["steps"]["gaps"]["verdict"] == "pass"
    assert [row["metric"] for row in ran["steps"]["gaps"]["judgements"]] == ["missing_share"]


def test_its_test_fails_where_the_check_says_something_else(own: Path) -> None:
    """The negative control of the written test."""
    path = own / "checks" / "amount_gaps.py"
    path.write_text(path.read_text().replace("found.nulls / found.n", "0.0"))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"], cwd=own, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "expected to fail; verdict: pass" in done.stdout


@pytest.mark.parametrize(("name", "told"), [
    ("drift", "the name 'drift' is taken"), ("decide", "the name 'decide' is taken"), ("amount-gaps", "the name 'amount-gaps' is taken"),
    ("Amount", "'Amount' is no name of a check"), ("../up", "is no name of a check"), ("1a", "is no name of a check"),
])
def test_a_check_that_cannot_be_written_is_told(modelops: Call, own: Path, name: str, told: str) -> None:
    answer = modelops("new", "check", name)
    assert answer.code == 2 and told in answer.err


def test_a_file_that_is_there_is_never_written_over(modelops: Call, project: Path) -> None:
    (project / "tests").mkdir()
    (project / "tests" / "test_mine.py").write_text("mine")
    answer = modelops("new", "check", "mine")
    assert answer.code == 2 and "tests/test_mine.py is there already" in answer.err
    assert not (project / "checks").exists()


def test_it_is_listed_and_can_be_run_alone(modelops: Call, own: Path) -> None:
    rows = {row["check"]: row for row in json.loads(modelops("checks", "--json").out)}
    assert rows["amount-gaps"]["from"] == "checks/amount_gaps.py" and rows["drift"]["from"] == ""
    measured = json.loads(modelops("check", "amount-gaps", "--current", "models/first/current.csv", "--with", "column=amount", "--json").out)
    assert measured["status"] == "measured" and "file:checks/amount_gaps.py" in measured["inputs"]
    assert modelops("check", "amount-gasp", "--current", "models/first/current.csv").err.startswith("there is no check 'amount-gasp' (did you mean 'amount-gaps'?)")


def test_an_option_that_is_not_there_lacks_or_is_ill_typed_is_a_mistake_of_the_model_file(modelops: Call, own: Path) -> None:
    path = own / "dags" / "models" / "first.yaml"
    text = path.read_text()
    for wrong, told in [("{colunm: amount}", "PLAN004 check amount-gaps has no option 'colunm' (did you mean 'column'?)"),
                        ("{}", "PLAN004 step 'gaps' lacks the option 'column' (expected text)"), ("{column: 3}", "PLAN005 option 'column' of step 'gaps': expected text")]:
        path.write_text(text.replace("with: {column: amount}", f"with: {wrong}"))
        answer = modelops("validate", "first")
        assert answer.code == 2 and told in answer.out, answer.out
    path.write_text(text.replace("missing_share", "missing_shaer"))
    assert "REQ001 step 'gaps' (amount-gaps) has no metric 'missing_shaer'" in modelops("validate", "first").out


def test_an_import_error_is_told_for_the_file_and_for_the_models_that_use_it_alone(modelops: Call, own: Path) -> None:
    assert modelops("new", "model", "second", "--kind", "rules").code == 0
    path = own / "checks" / "amount_gaps.py"
    lines = len(path.read_text().splitlines())
    path.write_text(path.read_text() + "import not_there_at_all\n")
    answer = modelops("validate")
    assert answer.code == 2
    told = answer.out.splitlines()
    assert told[0].startswith(f"checks/amount_gaps.py:{lines + 1}:1: CHECK004 it cannot be imported: ModuleNotFoundError")
    assert "dags/models/first.yaml" in told[1] and "CHECK005 check 'amount-gaps' cannot be used: checks/amount_gaps.py" in told[1]
    assert not [line for line in told if "second.yaml" in line and "warning" not in line]
    assert modelops("validate", "second").code == 0
    assert modelops("validate", "checks/amount_gaps.py").code == modelops("validate", "checks").code == modelops("validate", "first").code == 2
    listed = modelops("checks")
    assert listed.code == 2 and "CHECK004" in listed.err and "drift" in listed.out
    ran = json.loads(modelops("run", "first", "--lifecycle", "own", "--json").out)
    assert ran["verdict"] == "error" and "it cannot be imported" in ran["steps"]["gaps"]["message"]


def test_a_syntax_error_of_a_file_points_the_model_to_it(modelops: Call, own: Path) -> None:
    path = own / "checks" / "amount_gaps.py"
    path.write_text("def f(:\n")
    answer = modelops("validate", "first")
    assert answer.code == 2 and "PLAN003 there is no kind of step 'amount-gaps'" in answer.out
    assert "mend that first: checks/amount_gaps.py" in answer.out


def test_planning_runs_none_of_it(modelops: Call, own: Path) -> None:
    path = own / "checks" / "amount_gaps.py"
    path.write_text(path.read_text() + f"\nopen({str(own / 'ran')!r}, 'w')\n")
    assert modelops("plan", "first").code == 0 and not (own / "ran").exists()
    assert modelops("validate", "first").code == 0 and (own / "ran").exists(), "the control: validate imports it"


def test_a_change_of_its_code_is_a_change_of_the_plan(modelops: Call, own: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *words], cwd=own, check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    assert modelops("plan", "--against", "HEAD").out.strip() == "no plan differs from HEAD"
    path = own / "checks" / "amount_gaps.py"
    path.write_text(path.read_text().replace("found.nulls / found.n", "0.0"))
    (changed,) = json.loads(modelops("plan", "--against", "HEAD", "--json").out)
    assert (changed["lifecycle"], changed["voids_approvals"], changed["asks_approvals"]) == ("own", True, True)
    assert any(line.startswith("step gaps: code checks/amount_gaps.py ") for line in changed["changes"])
    assert "loosened: gaps: other code measures it, which may ask less" in changed["changes"]
