"""A run against a later one: the untouched one is equal, and of what was changed exactly that is named as the cause."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from modelops_airflow.errors import DataError, EvidenceError
from modelops_airflow.evidence.difference import UNEXPLAINED, Difference, difference
from modelops_airflow.steps import basis
from modelops_airflow.steps.local import run_local
from modelops_airflow.steps.recorded import of_folder
from modelops_airflow.steps.rerun import rerun_local

PROJECT = Path(__file__).parents[2]
MODEL = "dags/models/pricing-rules.yaml"
DATA = "examples/pricing/current.parquet"
ARTIFACT = "examples/pricing/model-1.4.0.yaml"
CHECK = '''
from modelops_airflow.checks import check
from modelops_airflow.measurement import Measurement, Metric

@check("volume", version=1, metrics=("volume",))
def volume(profiles):
    """Rows, as a library weighs them."""
    import weighing
    return Measurement.of("volume", [Metric("volume", profiles.current.rows * weighing.weight())])
'''
STEPS = """
lifecycles:
  release:
    uses: low-risk-fast-track
    steps:
      volume: {uses: volume, insert: {after: profile}, require: {volume: {fail: "< 10"}}}
      shift: {uses: drift, insert: {after: profile}, with: {method: psi}}
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example project, where pricing has a check of its own that uses a library."""
    root = tmp_path / "project"
    (root / "dags/models").mkdir(parents=True)
    shutil.copytree(PROJECT / "examples/pricing", root / "examples/pricing")
    for name in ("dags/governance.yaml", MODEL):
        shutil.copy(PROJECT / name, root / name)
    (root / "checks").mkdir()
    (root / "checks/volume.py").write_text(CHECK)
    (root / MODEL).write_text((root / MODEL).read_text() + STEPS)
    install(root, "1.0", "1.0")
    return root


@pytest.fixture(autouse=True)
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of libraries on the path, and nothing remembered of what was on it."""
    monkeypatch.syspath_prepend(str(tmp_path / "project/site"))


def install(root: Path, version: str, weight: str) -> None:
    """Install a version of a library that measures, as pip does: its code, and the folder of its metadata."""
    from modelops_airflow.steps import environment

    shutil.rmtree(root / "site", ignore_errors=True)
    (root / f"site/weighing-{version}.dist-info").mkdir(parents=True)
    (root / "site/weighing.py").write_text(f"def weight():\n    return {weight}\n")
    sys.modules.pop("weighing", None)
    environment._libraries.cache_clear()  # a process sees the libraries that it began with


def run(root: Path) -> Path:
    return run_local(root, "pricing-rules", folder=root / ".modelops").folder


def compared(before: Path, after: Path) -> Difference:
    return difference(of_folder(before).told, of_folder(after).told)


def causes(found: Difference) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(cause.kind, cause.what): cause.steps for cause in found.causes}


def edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / file).read_text()
        assert old in text
        (root / file).write_text(text.replace(old, new, 1))

    return change


def drop_a_row(file: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        pq.write_table(pq.read_table(root / file).slice(1), root / file)

    return change


def one_byte(root: Path) -> None:
    (root / ARTIFACT).write_bytes((root / ARTIFACT).read_bytes() + b"\n")


def upgraded(root: Path) -> None:
    install(root, "1.1", "1.5")


ALL = ("bias", "drift", "profile", "scan-artifact", "shift", "validate-data", "volume")
MEASURED = tuple(name for name in ALL if name != "scan-artifact")
CHANGES = {
    "nothing, the control": (lambda root: None, {}),
    "one row of the current data": (drop_a_row(DATA), {("data", "current"): MEASURED}),
    "one row of the baseline": (drop_a_row("examples/pricing/baseline.parquet"), {("data", "baseline"): MEASURED}),
    "one byte of the artifact": (one_byte, {("model", "artifact"): ALL}),
    "one library, with other numbers": (upgraded, {("environment", "weighing"): ("volume",)}),
    "one library, with the same numbers": (lambda root: install(root, "1.1", "1.0"), {("environment", "weighing"): ()}),
    "one threshold, with another verdict": (edit(MODEL, '"< 10"', '"< 1000"'), {("policy", "volume requires volume"): ("volume",)}),
    "one threshold, with the same verdict": (edit(MODEL, '"< 10"', '"< 11"'), {("policy", "volume requires volume"): ()}),
    "one own check": (edit("checks/volume.py", "current.rows *", "current.rows * 2 *"), {("code", "checks/volume.py"): ("volume",)}),
    "one option of a step": (edit(MODEL, "method: psi", "method: jensenshannon"), {("plan", "option method of shift"): ("shift",)}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_of_one_change_exactly_that_is_the_cause(name: str, root: Path) -> None:
    change, expected = CHANGES[name]
    before = run(root)
    change(root)
    found = compared(before, run(root))

    named = causes(found)
    assert named == expected
    differing = {step.step for step in found.steps if not step.equal}
    assert differing == {step for steps in expected.values() for step in steps}
    assert found.equal is (not differing)
    assert not any(step.unexplained for step in found.steps) and not found.notes
    assert len(found.steps) == len(ALL)


def test_two_changes_at_once_are_both_named(root: Path) -> None:
    before = run(root)
    drop_a_row(DATA)(root)
    upgraded(root)
    edit(MODEL, '"< 10"', '"< 1000"')(root)
    found = compared(before, run(root))

    assert set(causes(found)) == {("data", "current"), ("environment", "weighing"), ("policy", "volume requires volume")}
    (volume,) = (step for step in found.steps if step.step == "volume")
    ((change,), rows) = volume.changes, pq.read_metadata(root / DATA).num_rows
    assert (change.before or {})["value"] == rows + 1 and (change.after or {})["value"] == rows * 1.5
    assert (change.verdicts, volume.verdicts, found.verdicts) == (("pass", "fail"),) * 3


def test_our_own_code_is_named_by_version_and_digest(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = run(root)
    monkeypatch.setattr(basis, "code", lambda: {"version": "0.1.1", "digest": "sha256:" + "1" * 64})
    (cause,) = compared(before, run(root)).causes

    assert (cause.kind, cause.what, cause.steps) == ("code", "modelops-airflow", ())
    assert cause.after == f"0.1.1 sha256:{'1' * 64}"


def test_a_check_that_answers_otherwise_each_time_is_unexplained(root: Path) -> None:
    (root / "checks/volume.py").write_text(CHECK.replace("weighing.weight()", "__import__('random').random()"))
    found = compared(run(root), run(root))

    (volume,) = (step for step in found.steps if not step.equal)
    assert (volume.step, volume.unexplained, found.causes) == ("volume", UNEXPLAINED, ())


def test_of_a_data_set_of_several_files_the_file_and_the_columns_are_named(root: Path) -> None:
    table = pq.read_table(root / DATA)
    (root / "examples/pricing/parts").mkdir()
    for place, part in enumerate((table.slice(0, 200), table.slice(200))):
        pq.write_table(part, root / f"examples/pricing/parts/{place}.parquet")
    edit(MODEL, DATA, "examples/pricing/parts")(root)
    before = run(root)
    amounts = table["amount"].to_pylist()
    changed = table.set_column(table.column_names.index("amount"), "amount", [[amounts[0], *amounts[:-1]]]).slice(200)
    pq.write_table(changed, root / "examples/pricing/parts/1.parquet")
    (cause,) = compared(before, run(root)).causes

    assert cause.what == "current" and cause.detail.startswith("1.parquet: other bytes; 400 rows; columns that differ: amount")
    assert "0.parquet" not in cause.detail and "sex" not in cause.detail


def test_a_step_that_only_one_plan_has_is_a_cause(root: Path) -> None:
    before = run(root)
    edit(MODEL, next(line for line in STEPS.splitlines() if "volume:" in line) + "\n", "")(root)
    found = compared(before, run(root))

    assert {step.step for step in found.steps if not step.equal} == {"volume"}
    assert [(cause.kind, cause.what, cause.before, cause.after) for cause in found.causes if cause.steps] == [("plan", "step volume", "volume", "not there")]


def test_a_pinned_rerun_takes_the_plan_and_the_artifact_of_the_run_and_gives_the_same_digests(root: Path) -> None:
    before = run(root)
    edit(MODEL, '"< 10"', '"< 1000"')(root)
    (root / ARTIFACT).unlink()
    again = rerun_local(root, of_folder(before), folder=root / ".modelops")

    found = compared(before, again.folder)
    assert found.equal and not found.causes and again.verdict == "pass"


@pytest.mark.parametrize(("change", "told"), [
    (drop_a_row(DATA), "current has other bytes now"),
    (lambda root: (root / "examples/pricing/baseline.parquet").unlink(), "baseline is not there any more"),
    (edit("checks/volume.py", "current.rows *", "current.rows * 2 *"), "checks/volume.py has other bytes now"),
])
def test_a_rerun_over_something_else_is_an_error_that_names_it(change: Callable[[Path], None], told: str, root: Path) -> None:
    before = run(root)
    change(root)
    runs = sorted((root / ".modelops/runs").iterdir())

    with pytest.raises(DataError, match=told):
        rerun_local(root, of_folder(before), folder=root / ".modelops")
    assert sorted((root / ".modelops/runs").iterdir()) == runs, "nothing was measured"


def test_a_fresh_rerun_takes_what_is_there_and_names_it(root: Path) -> None:
    before = run(root)
    drop_a_row(DATA)(root)
    again = rerun_local(root, of_folder(before), fresh=True, folder=root / ".modelops")

    assert causes(compared(before, again.folder)) == {("data", "current"): MEASURED}


def test_a_run_of_a_release_before_is_compared_and_not_repeated(root: Path) -> None:
    import json

    before, after = run(root), run(root)
    record = json.loads((before / "run.json").read_text())
    for name in ("plan_document", "artifact_name"):
        del record[name]
    for step in record["steps"].values():
        del step["basis"]
    (before / "run.json").write_text(json.dumps(record))
    found = compared(before, after)

    assert found.equal and not found.causes
    assert [note.partition(": ")[2].split(" of ")[0] for note in found.notes] == ["its plan was not recorded", "environment and code"]
    with pytest.raises(EvidenceError, match="kept no plan"):
        rerun_local(root, of_folder(before))
    upgraded(root)
    (volume,) = (step for step in compared(before, run(root)).steps if not step.equal)
    assert volume.unexplained.startswith("not known")


def test_a_record_with_another_plan_is_not_believed(root: Path) -> None:
    import json

    before = run(root)
    edit(MODEL, '"< 10"', '"< 0"')(root)
    other = json.loads((run(root) / "run.json").read_text())
    record = json.loads((before / "run.json").read_text())
    (before / "run.json").write_text(json.dumps(record | {"plan_document": other["plan_document"]}))

    with pytest.raises(EvidenceError, match="is not the one that the run names"):
        of_folder(before)
