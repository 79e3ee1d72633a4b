"""Suites of expectations from the command line: written from a baseline, and linted where a model file names them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
OWN = """\
  own:
    uses: low-risk-fast-track
    steps:
      own-suite:
        uses: expectations
        insert: {after: profile}
        with:
          engine: auto
          suite: suites/first.json
"""


def _name_suite(project: Path) -> int:
    """Name a suite in the model's file; the number of the line that does."""
    path = project / "dags" / "models" / "first.yaml"
    path.write_text(path.read_text() + OWN)
    return next(number for number, line in enumerate(path.read_text().splitlines(), 1) if "suites/first.json" in line)


def test_a_new_suite_is_one_that_validate_takes(modelops: Call, project: Path) -> None:
    _name_suite(project)
    written = modelops("new", "suite", "first", "--json")
    assert written.code == 0, written.err
    assert json.loads(written.out)["written"] == [str(project / "suites" / "first.json")]
    assert "suite: suites/first.json" in json.loads(written.out)["next"]
    assert modelops("validate", "first").code == 0


def test_a_suite_that_is_there_is_never_written_over(modelops: Call, project: Path) -> None:
    assert modelops("new", "suite", "first", "--out", "mine.json").code == 0
    (project / "mine.json").write_text("mine")
    again = modelops("new", "suite", "first", "--out", "mine.json")
    assert again.code == 2 and "mine.json is there already; name another file with --out" in again.err
    assert (project / "mine.json").read_text() == "mine"


@pytest.mark.parametrize(("arguments", "told"), [
    (("frist",), "there is no model 'frist' (did you mean 'first'?)"),
    (("first", "--out", "../up.json"), "leads outside the project root"),
    (("first", "--out", "/tmp/up.json"), "is not permitted; expected a path relative to the project root"),
    (("first", "--out", "dags"), "dags is there already"),
    (("first", "--out", ".gitignore/x.json"), "cannot be written"),
])
def test_where_no_suite_can_be_written_is_told(modelops: Call, project: Path, arguments: tuple[str, ...], told: str) -> None:
    answer = modelops("new", "suite", *arguments)
    assert answer.code == 2
    assert told in answer.err + answer.out


def test_without_a_baseline_there_is_nothing_to_infer_from(modelops: Call, project: Path) -> None:
    path = project / "dags" / "models" / "first.yaml"
    path.write_text("\n".join(line for line in path.read_text().splitlines() if "baseline" not in line) + "\n")
    answer = modelops("new", "suite", "first")
    assert answer.code == 2 and "first names no baseline to infer expectations from; add data.baseline" in answer.err
    assert not (project / "suites").exists()


def test_mistakes_of_a_suite_are_told_at_the_option_that_names_it(modelops: Call, project: Path) -> None:
    line = _name_suite(project)
    (project / "suites").mkdir()
    wrong = [{"type": "expect_column_values_to_be_betwen", "kwargs": {}}, {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "x", "mostly": 2}}]
    (project / "suites" / "first.json").write_text(json.dumps({"expectations": wrong}))
    told = modelops("validate", "first")
    lines = (told.out + told.err).splitlines()
    assert told.code == 2 and len(lines) == 2
    assert all(one.startswith(f"dags/models/first.yaml:{line}:18: PLAN022 suite 'suites/first.json', expectations[") for one in lines)
    assert "(expected a number from 0 to 1, found 2)" in lines[1]


@pytest.mark.parametrize(("content", "told"), [
    (None, "there is no such file (write it, or start from: modelops new suite MODEL)"), (b"\xff\xfe", "it is not UTF-8 text"), (b"{", "it is no JSON"),
    (b'{"expectations": []}', "it expects nothing"),
])
def test_a_suite_that_cannot_be_read_is_a_mistake(modelops: Call, project: Path, content: bytes | None, told: str) -> None:
    line = _name_suite(project)
    if content is not None:
        (project / "suites").mkdir()
        (project / "suites" / "first.json").write_bytes(content)
    answer = modelops("validate", "first")
    assert answer.code == 2
    assert f"dags/models/first.yaml:{line}:18: PLAN022 suite 'suites/first.json'" in answer.out + answer.err
    assert told in answer.out + answer.err


def test_suites_are_linted_beside_other_mistakes(modelops: Call, project: Path) -> None:
    _name_suite(project)
    path = project / "dags" / "models" / "first.yaml"
    path.write_text(path.read_text().replace("owner: owner-1", "owner: nobody"))
    answer = modelops("validate", "first")
    codes = {line.split()[1] for line in (answer.out + answer.err).splitlines()}
    assert codes == {"PLAN017", "PLAN022"}


def test_a_suite_outside_the_project_is_not_opened(modelops: Call, project: Path) -> None:
    _name_suite(project)
    path = project / "dags" / "models" / "first.yaml"
    path.write_text(path.read_text().replace("suites/first.json", "../first.json"))
    (project.parent / "first.json").write_text("{")
    answer = modelops("validate", "first")
    assert answer.code == 2 and "leads outside the project root" in answer.out + answer.err
    assert "no JSON" not in answer.out + answer.err


def test_a_suite_of_a_step_that_is_taken_out_is_not_read(modelops: Call, project: Path) -> None:
    path = project / "dags" / "models" / "first.yaml"
    path.write_text(path.read_text() + "  own: {uses: monitor, remove: [performance, validate-data]}\n")
    assert modelops("validate", "first").code == 0


_LOADED = """\
import sys
from modelops_airflow.cli import main
sys.argv = ["modelops", *sys.argv[2:]]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
if {more}:
    import great_expectations
print(sorted({"great_expectations", "scipy"} & sys.modules.keys()))
"""


@pytest.mark.parametrize(("arguments", "more", "loaded"), [
    (("new", "suite", "first", "--out", "other.json"), False, []), (("validate", "first"), False, []),
    (("validate", "first"), True, ["great_expectations", "scipy"]),  # the negative control
])
def test_writing_and_linting_a_suite_need_no_library(modelops: Call, project: Path, arguments: tuple[str, ...], more: bool, loaded: list[str]) -> None:
    _name_suite(project)
    assert modelops("new", "suite", "first").code == 0
    program = project / "loaded.py"  # a file: pyspark ends a program that is none when the library looks for it
    program.write_text(_LOADED.replace("{more}", str(more)))
    done = subprocess.run([sys.executable, program, "-", *arguments],
                          capture_output=True, text=True, check=False, cwd=project)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == str(loaded)
