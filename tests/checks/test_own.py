"""Checks of a project's own: what their files declare is read, only good code runs, and its answers are held to the rules."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from worlds import profiles

from modelops_airflow.checks import CHECKS, run_check
from modelops_airflow.checks.own import CODES, STEPS, check_of, imported, named, own_checks
from modelops_airflow.checks.own.declared import declared_in
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import CheckError
from modelops_airflow.measurement import Status
from modelops_airflow.plan.kinds_of_step import STEP_KINDS
from modelops_airflow.registry import UnknownName
from modelops_airflow.spec.project import Project

HEAD = "from modelops_airflow.checks import check\nfrom modelops_airflow.measurement import Measurement, Metric\n"
GOOD = HEAD + '''
@check("late-payments", version=2, metrics=("late_share", "late"))
def late(profiles, *, column: str = "days", least: int = 3):
    """Share of late payments.

    Args:
        column: days late.
        least: from how many days on.
    """
    return Measurement.of("late-payments", [Metric("late_share", 0.25, {"column": column}, n=profiles.current.rows)])
'''
DATA = profiles(pa.table({"days": [1, 2, 3, 4] * 5}))

Write = Callable[..., Project]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A project with files in checks/."""

    def call(**files: str | bytes) -> Project:
        (tmp_path / "checks").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / "checks" / f"{name}.py").write_bytes(text if isinstance(text, bytes) else text.encode())
        return Project(tmp_path)

    return call


def body(answer: str, *, metrics: str = '("late_share",)') -> str:
    """A check that answers so."""
    return HEAD + f'''
@check("late-payments", version=1, metrics={metrics})
def late(profiles):
    """Share of late payments."""
    {answer}
'''


def test_a_file_tells_its_check_without_being_run() -> None:
    found, problems = declared_in("checks/late.py", (GOOD + "\nraise SystemExit('it was run')\n").encode())

    (one,) = found
    assert problems == [] and (one.name, one.version, one.metrics, one.summary) == ("late-payments", 2, ("late_share", "late"), "Share of late payments.")
    assert {name: (each.type, each.default, each.doc) for name, each in one.parameters.items()} == {
        "column": ("str", "days", "days late."), "least": ("int", 3, "from how many days on.")}
    assert one.digest == digest_bytes(one.source)


@pytest.mark.parametrize("head", [
    HEAD, "from __future__ import annotations\n" + HEAD, HEAD.replace("import check", "import check as check"),
    HEAD.replace("modelops_airflow.checks import", "modelops_airflow.checks.check import"),
])
def test_what_is_read_is_what_is_registered(head: str, write: Write) -> None:
    project = write(late=GOOD.replace(HEAD, head))
    own, found = imported(own_checks(project), project)

    assert own.problems == () and found["late-payments"].parameters == own.declared["late-payments"].parameters
    assert "late-payments" not in CHECKS, "another project of the same process has it not"


@pytest.mark.parametrize(("text", "code", "told"), [
    ("def f(:\n", "CHECK001", "it is no Python"),
    (b"\x00", "CHECK001", "it is no Python"),
    ("x = " + "(" * 3000, "CHECK001", "it is no Python"),
    ("x = 1\n", "CHECK002", "it declares no check"),
    (GOOD.replace('"late-payments", version', '"Late Payments", version'), "CHECK002", "'Late Payments' is no name of a check"),
    (GOOD.replace("version=2", "version=True"), "CHECK002", "version True of late-payments is none"),
    (GOOD.replace("version=2, ", ""), "CHECK002", "@check lacks version"),
    (GOOD.replace("version=2", "version=1 + len('x')"), "CHECK002", "version of @check is computed"),
    (GOOD.replace('("late_share", "late")', "()"), "CHECK002", "metrics of late-payments are ()"),
    (GOOD.replace('("late_share", "late")', '("late_share", "late_share")'), "CHECK002", "metrics of late-payments"),
    (GOOD.replace('"""', "'", 1).replace('"""', "'").replace("'Share", "x = '''Share").replace("\n    '\n", "\n    '''\n"), "CHECK002", "has no docstring"),
    (GOOD.replace("least: int = 3", "least=3"), "CHECK002", "option 'least' of late-payments has no type"),
    (GOOD.replace("least: int = 3", "least: list[int] = 3"), "CHECK002", "is of the type list[int]"),
    (GOOD.replace("least: int = 3", "least: int = 'x'"), "CHECK002", "the default of option 'least' of late-payments is none: expected a whole number"),
    (GOOD.replace("least: int = 3", "least: int = max(1, 2)"), "CHECK002", "the default of option 'least' of late-payments is computed"),
    (GOOD.replace("        least: from how many days on.\n", ""), "CHECK002", "option 'least' of late-payments is not described"),
    (GOOD.replace("(profiles, *,", "(profiles, other, *,"), "CHECK002", "cannot be called as a check"),
    (GOOD.replace("def late", "async def late"), "CHECK002", "cannot be called as a check"),
    (GOOD.replace('"late-payments", version', '"drift", version'), "CHECK003", "the name 'drift' is taken by the package"),
    (GOOD.replace('"late-payments", version', '"approval", version'), "CHECK003", "the name 'approval' is taken by the package"),
    (GOOD + "\nimport not_there_at_all\n", "CHECK004", "it cannot be imported: ModuleNotFoundError"),
    (GOOD + "\nraise SystemExit(3)\n", "CHECK004", "it cannot be imported: SystemExit: 3"),
    (GOOD + "\nfrom __future__ import annotations\n", "CHECK004", "it cannot be imported: SyntaxError"),
    (GOOD + "\nlate.__kwdefaults__ = {}\n", "", ""),  # the control: after the declaration, nothing of it changes
    (GOOD + "\ncheck('more', version=1, metrics=('x',))(late)\n", "CHECK004", "it registers more, which its text does not declare"),
    (GOOD.replace("@check", "check = lambda *a, **k: lambda f: f\n@check"), "CHECK004", "does not register it when it is imported"),
    (GOOD.replace("@check", "old = check\ndef check(n, version, metrics): return old(n, version=9, metrics=metrics)\n@check"), "CHECK004", "other version of"),
])
def test_a_file_with_a_mistake_is_a_located_problem_and_gives_no_check(text: str | bytes, code: str, told: str, write: Write) -> None:
    project = write(late=text, fine=GOOD.replace("late-payments", "fine"))
    own, found = imported(own_checks(project), project)

    assert set(found) == ({"fine"} if code else {"fine", "late-payments"}), "another file is not harmed"
    assert [one.code for one in own.problems] == ([code] if code else [])
    assert all(one.file == "checks/late.py" and one.line >= 1 and told in one.message for one in own.problems)
    assert code in CODES or not code


def test_an_import_error_is_told_at_its_line(write: Write) -> None:
    project = write(late=GOOD + "\nimport not_there_at_all\n")
    own, _ = imported(own_checks(project), project)

    assert (own.problems[0].file, own.problems[0].line) == ("checks/late.py", len(GOOD.splitlines()) + 2)
    assert own.broken["late-payments"] == own.problems[0]


def test_two_files_of_one_name_are_both_mistakes(write: Write) -> None:
    own = own_checks(write(a=GOOD, b=GOOD))

    assert not own.declared and [(one.file, one.code) for one in own.problems] == [("checks/a.py", "CHECK003"), ("checks/b.py", "CHECK003")]
    assert "taken by checks/b.py, line 4" in own.problems[0].message


def test_the_names_of_steps_are_those_of_the_plan() -> None:
    assert set(STEP_KINDS) == STEPS


def test_tests_and_private_files_are_no_checks(write: Write) -> None:
    own = own_checks(write(_draft="x", test_late="x", conftest="x", late=GOOD))

    assert set(own.declared) == {"late-payments"} and own.problems == ()


def test_a_file_or_folder_that_leads_out_of_the_project_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "project"
    (inside / "checks").mkdir(parents=True)
    (tmp_path / "late.py").write_text(GOOD)
    os.symlink(tmp_path / "late.py", inside / "checks" / "late.py")
    os.symlink(tmp_path / "gone.py", inside / "checks" / "gone.py")
    os.mkfifo(inside / "checks" / "pipe.py")
    own = own_checks(Project(inside))
    assert not own.declared and [one.file for one in own.problems] == ["checks/gone.py", "checks/late.py", "checks/pipe.py"]
    assert "leads outside the project root" in own.problems[1].message
    assert "is no file" in own.problems[2].message

    other = tmp_path / "other"
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "late.py").write_text(GOOD)
    other.mkdir()
    os.symlink(tmp_path / "far", other / "checks")
    assert not own_checks(Project(other)).declared and "leads outside" in own_checks(Project(other)).problems[0].message


def test_a_huge_file_is_refused(write: Write) -> None:
    own = own_checks(write(late=GOOD + "#" * 200_000))

    assert not own.declared and "expected at most 200000" in own.problems[0].message


def test_a_good_check_measures_and_its_evidence_names_its_code(write: Write) -> None:
    project = write(late=GOOD)
    measured = run_check(named(project, "late-payments"), DATA, {})

    assert measured.status is Status.MEASURED and measured.version == 2
    assert measured.inputs["file:checks/late.py"] == digest_bytes(GOOD.encode())
    assert run_check(named(write(late=GOOD + "#"), "late-payments"), DATA, {}).inputs != measured.inputs, "one byte more is other evidence"


@pytest.mark.parametrize(("answer", "told"), [
    ("1 / 0", r"its code raised ZeroDivisionError: division by zero \(checks/late.py:7\)"),
    ("return 3", "its code answers int; expected Measurement"),
    ("return None", "its code answers NoneType"),
    ("return Measurement.of('late-payments', [])", "measured nothing"),
    ("return Measurement.of('late-payments', [Metric('auc', 1.0)])", "its code measures auc; expected only what @check declares: late_share"),
    ("return Measurement.of('late-payments', [Metric('late_share', None)])", "a missing value needs a reason"),
    ("return Measurement.of('late-payments', [Metric('late_share', '1')])", "its code raised TypeError"),
    ("import numpy; return Measurement.of('late-payments', [Metric('late_share', 1.0, n=numpy.int64(3))])", "n .*expected a whole number"),
    ("return Measurement.of('late-payments', [Metric('late_share', 1.0, {'x': {1}})])", "expected texts by name"),
    ("return Measurement.of('late-payments', [Metric('late_share', True)])", "value True; expected a number"),
    ("return Measurement.of('late-payments', [Metric('late_share', 1.0, judged=0)])", "judged 0; expected true or false"),
    ("return Measurement.of('late-payments', [Metric('late_share', 1.0, ci=(0, 'x'))])", "expected two numbers"),
    ("from modelops_airflow.measurement import Status; return Measurement('x', 1, Status.MEASURED, metrics=(1,))", "rows that are no Metric"),
    ("from modelops_airflow.measurement import Status; return Measurement('x', 1, Status.MEASURED, metrics=None)", "rows that are no Metric"),
    ("return Measurement('x', 1, 'measured', metrics=(Metric('late_share', 1.0),))", "the status 'measured'"),
    ("return Measurement.not_applicable('late-payments', '')", "says not_applicable and not why"),
    ("row = Metric('late_share', 1.0); object.__setattr__(row, 'value', None); return Measurement.of('x', [row])", "no value and no reason"),
    ("class Sly(Measurement): pass\n    return Sly('x', 1, None)", "its code answers Sly"),
    ("raise SystemExit(0)", "its code raised SystemExit: 0"),
])
def test_code_that_raises_or_answers_otherwise_is_an_error_on_record(answer: str, told: str, write: Write) -> None:
    measured = run_check(named(write(late=body(answer)), "late-payments"), DATA, {})

    assert measured.status is Status.ERROR and "file:checks/late.py" in measured.inputs
    assert re.search(told, measured.notes[0]), measured.notes


def test_code_cannot_say_that_it_measured_other_data_or_with_other_options(write: Write) -> None:
    answer = """from dataclasses import replace
    digest = "sha256:" + "0" * 64
    found = Measurement.of('late-payments', [Metric('late_share', 0.5)])
    return replace(found, version=9, inputs={'current': digest, 'file:checks/late.py': digest, 'more': digest}, parameters={'least': 9, 'seen': 1})"""
    text = body(answer).replace("late(profiles):", "late(profiles, *, least: int = 3):").replace("payments.\"\"\"", "payments.\n\n    Args:\n        least: days.\n    \"\"\"")
    true = replace(DATA, inputs={"current": "sha256:" + "1" * 64})
    measured = run_check(named(write(late=text), "late-payments"), true, {})

    assert measured.status is Status.MEASURED and measured.version == 1
    assert dict(measured.inputs) == {"current": "sha256:" + "1" * 64, "file:checks/late.py": digest_bytes(text.encode()), "more": "sha256:" + "0" * 64}
    assert dict(measured.parameters) == {"least": 3, "seen": 1}


def test_a_value_that_is_not_finite_is_no_value(write: Write) -> None:
    measured = run_check(named(write(late=body("return Measurement.of('x', [Metric('late_share', float('nan'))])")), "late-payments"), DATA, {})

    assert (measured.check, measured.metrics[0].value, measured.metrics[0].reason) == ("late-payments", None, "not a finite number")


def test_a_pinned_check_runs_only_the_code_that_was_pinned(write: Write) -> None:
    project = write(late=GOOD)
    code = own_checks(project).declared["late-payments"].code
    assert check_of(project, "late-payments", code).version == 2, "the control"

    write(late=GOOD + "# more\n")
    with pytest.raises(CheckError, match="no longer has the code that the plan of this run names"):
        check_of(project, "late-payments", code)
    (project.root / "checks" / "late.py").unlink()
    with pytest.raises(CheckError, match=r"cannot be run: checks/late\.py is no file"):
        check_of(project, "late-payments", code)
    with pytest.raises(CheckError, match="leads outside the project root"):
        check_of(project, "late-payments", {**code, "file": "../late.py"})


def test_a_name_that_is_not_there_is_told_with_the_near_one(write: Write) -> None:
    with pytest.raises(UnknownName, match="did you mean 'late-payments'"):
        named(write(late=GOOD), "late-payment")
    with pytest.raises(CheckError, match=r"cannot be used: checks/a\.py:4:1: CHECK003"):
        named(write(a=GOOD), "late-payments")


def test_what_another_module_registers_while_a_file_is_imported_is_not_lost(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme_checks.py").write_text(GOOD.replace("late-payments", "acme"))
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert named(write(late=GOOD + "\nimport acme_checks\n"), "late-payments")
        assert "acme" in CHECKS
    finally:
        CHECKS._entries.pop("acme", None)
