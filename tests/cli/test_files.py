"""init, new, validate, plan, run, check."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
ROOT = Path(__file__).parents[2]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def release_alone(project: Path, psi: str) -> None:
    """One life cycle instead of the template's three, with this requirement on psi."""
    path = project / "dags" / "models" / "first.yaml"
    text = path.read_text(encoding="utf-8").partition("lifecycles:")[0]
    path.write_text(f"{text}lifecycles:\n  release:\n    uses: low-risk-fast-track\n"
                    f"    steps: {{drift: {{require: {{psi: {psi}}}}}}}\n", encoding="utf-8")


def test_a_new_project_is_valid_and_runs_up_to_its_gate(modelops: Call, project: Path) -> None:
    assert modelops("validate").code == 0

    answer = modelops("run", "first", "--json")

    told = json.loads(answer.out)
    assert (answer.code, told["verdict"], told["gate"], told["origin"]) == (0, "pass", "approve-risk", "local")


def test_init_never_overwrites(modelops: Call, project: Path) -> None:
    answer = modelops("init", project)

    assert answer.code == 2
    assert "there already" in answer.err


def test_new_model_is_valid_yaml_for_each_kind(modelops: Call, project: Path) -> None:
    for kind in ("skops", "onnx", "rules", "dmn", "jdm"):
        assert modelops("new", "model", f"my-{kind}", "--kind", kind).code == 0
    assert modelops("validate").code == 0
    assert modelops("new", "model", "my-onnx").code == 2


@pytest.mark.parametrize("name", ["../../evil", "/tmp/evil", "Bad Name", "-x", "", "a/b", "a.b", "ümlaut", "x" * 101, "a\n"])
def test_new_model_refuses_what_is_no_id_before_writing_anything(modelops: Call, project: Path, name: str) -> None:
    before = sorted(project.parent.rglob("*"))

    answer = modelops("new", "model", "--", name)

    assert (answer.code, "is no id" in answer.err) == (2, True)
    assert sorted(project.parent.rglob("*")) == before


def test_init_keeps_what_is_there(modelops: Call, tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n", encoding="utf-8")

    assert modelops("init", tmp_path).code == 2
    assert [path.name for path in tmp_path.iterdir()] == [".gitignore"]


def test_a_projects_folder_means_its_model_files_from_anywhere(
    modelops: Call, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "notes.yaml").write_text("to: do\n", encoding="utf-8")  # artifacts and other tools' files are YAML too
    monkeypatch.chdir(tmp_path)

    for folder in ("bank", "bank/dags", project):
        assert modelops("validate", folder).out == "2 files, no mistakes\n"
    assert modelops("validate", project / "dags" / "models").out == "1 file, no mistakes\n"


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_a_folder_of_no_project_is_refused_without_being_read(modelops: Call, tmp_path: Path, command: str) -> None:
    (tmp_path / "any.yaml").write_text("to: do\n", encoding="utf-8")

    answer = modelops(command, tmp_path)

    assert answer.code == 2
    assert "the folder is in no project" in answer.out + answer.err
    assert "any.yaml" not in answer.out + answer.err


def test_a_new_projects_monitor_asks_nothing_that_its_data_cannot_answer(modelops: Call, project: Path) -> None:
    plans = json.loads(modelops("plan", "first", "--json").out)
    assert [step["id"] for plan in plans for step in plan["steps"] if step["uses"] == "performance"] == []

    answer = modelops("run", "first", "--lifecycle", "monitor", "--json")

    told = json.loads(answer.out)
    assert (answer.code, told["verdict"]) == (0, "pass")
    assert {one["verdict"] for one in told["steps"].values()} <= {"pass", None}


def test_new_model_shows_the_options_of_its_kind_as_comments_that_can_be_taken_in(modelops: Call, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from modelops_airflow.kinds import KINDS, Kind
    from modelops_airflow.kinds.decision_tables.dmn import Dmn

    class Asked(Dmn):
        def load(self, artifact, *, url: str, decision: str | None = None, times: int = 3):  # type: ignore[no-untyped-def]
            """A scorer.

            Args:
                url: where it is.
                decision: which one.
                times: how often (1 or more).
            """

    monkeypatch.setitem(KINDS._entries, "dmn", Asked())
    assert isinstance(KINDS["dmn"], Kind)
    assert modelops("new", "model", "asked", "--kind", "dmn").code == 0
    text = (project / "dags/models/asked.yaml").read_text()
    options = text[text.index("  # with:") : text.index("  version:")]
    assert re.sub(" +", " ", options) == (
        " # with: # options of the kind; it needs url\n # url: <text> # needed: where it is.\n # decision: <text> # which one.\n # times: 3 # how often (1 or more).\n")
    told = modelops("validate", "asked")
    assert told.code == 2 and "kind dmn lacks the option 'url'; expected text" in told.err + told.out
    taken = options.replace("  # ", "  ").replace("<text>", "answer")
    (project / "dags/models/asked.yaml").write_text(text.replace(options, taken))
    assert "lacks the option" not in (told := modelops("validate", "asked")).err + told.out


def test_new_model_suggests_a_kind(modelops: Call, project: Path) -> None:
    answer = modelops("new", "model", "x", "--kind", "onx")

    assert answer.code == 2
    assert "did you mean 'onnx'" in answer.err


def test_every_mistake_is_told_with_its_place_and_exit_2(modelops: Call, project: Path) -> None:
    path = project / "dags" / "models" / "first.yaml"
    edit(path, "tier: 3", "tier: 9")
    edit(path, "kind: rules", "knd: rules")

    answer = modelops("validate")

    assert answer.code == 2
    lines = answer.out.splitlines()
    assert [line.split(" ")[1] for line in lines] == ["SPEC010", "SPEC012", "SPEC009"]
    assert all(line.startswith("dags/models/first.yaml:") for line in lines)
    assert json.loads(modelops("validate", "--json").out)["problems"][0]["code"] == "SPEC010"


def test_a_broken_governance_does_not_hide_mistakes_of_models(modelops: Call, project: Path) -> None:
    edit(project / "dags" / "governance.yaml", "modelops: 1", "modelops: 2")
    edit(project / "dags" / "models" / "first.yaml", "tier: 3", "tier: 9")

    told = modelops("validate").out

    assert "governance.yaml:" in told
    assert "first.yaml:" in told


def test_a_missing_model_is_suggested(modelops: Call, project: Path) -> None:
    answer = modelops("run", "frist")

    assert (answer.code, "did you mean 'first'" in answer.err) == (2, True)


def test_plan_says_where_a_requirement_comes_from(modelops: Call, project: Path) -> None:
    assert "house, tier 3" in modelops("plan", "first").out
    plans = json.loads(modelops("plan", "first", "--json").out)
    assert [plan["lifecycle"] for plan in plans] == ["release", "monitor", "review"]
    assert all(plan["digest"].startswith("sha256:") for plan in plans)


def test_plan_against_a_revision_tells_what_a_change_would_do(modelops: Call, project: Path) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@bank.example"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "first"]):
        subprocess.run(["git", *identity, *arguments], cwd=project, check=True)
    assert "no plan differs" in modelops("plan", "--against", "HEAD").out
    release_alone(project, '{fail: ">= 0.20"}')

    answer = modelops("plan", "--against", "HEAD", "--json")

    impacts = {one["lifecycle"]: one for one in json.loads(answer.out)}
    assert impacts["release"]["what"] == "changed"
    assert impacts["release"]["voids_approvals"]
    assert impacts["monitor"]["what"] == "removed"
    assert "--bad" in modelops("plan", "--against", "--bad").err


def test_a_failed_requirement_is_exit_1(modelops: Call, project: Path) -> None:
    release_alone(project, '{warn: ">= 0.0000000001", fail: ">= 0.000000001"}')

    answer = modelops("run", "first", "--json")

    assert (answer.code, json.loads(answer.out)["verdict"]) == (1, "fail")


def test_a_check_reads_columns_and_parameters_from_the_command_line(modelops: Call, tmp_path: Path) -> None:
    rows = [f"{row % 2},{row % 3 == 0:d},{'female' if row % 5 else 'male'}" for row in range(200)]
    data = tmp_path / "scored.csv"
    data.write_text("\n".join(["truth,answer,sex", *rows]) + "\n", encoding="utf-8")

    answer = modelops("check", "bias", "--current", data, "--columns", "target=truth,prediction=answer,protected=sex",
                      "--with", "favourable=1", "--with", "intersections=false", "--with", "min_group_size=10", "--json")

    told = json.loads(answer.out)
    assert (answer.code, told["status"]) == (0, "measured"), told["notes"]
    assert told["parameters"]["min_group_size"] == 10
    assert told["parameters"]["intersections"] is False
    assert {row["where"]["sex"] for row in told["metrics"] if "sex" in row["where"]} == {"female", "male", "(unknown)"}


CREDIT = ROOT / "examples/credit"


def test_a_check_asks_the_model_that_is_named(modelops: Call) -> None:
    data = ("--current", CREDIT / "current.parquet", "--columns", "target=defaulted,ignore=application_id")
    model = ("--kind", "skops", "--artifact", CREDIT / "model-3.2.0.skops")

    answer = modelops("check", "robustness", *data, *model, "--with", "perturbations=noise", "--with", "columns=amount", "--json")

    told = json.loads(answer.out)
    assert (answer.code, told["status"]) == (0, "measured"), told["notes"]
    assert set(told["inputs"]) == {"artifact", "current"}
    assert {row["where"].get("column") for row in told["metrics"]} == {None, "amount"}
    assert json.loads(modelops("check", "robustness", *data, "--json").out)["notes"][0].startswith("robustness asks the model, and there is none here")


def test_two_models_are_compared_without_a_register(modelops: Call) -> None:
    data = ("--current", CREDIT / "current.parquet", "--columns", "target=defaulted,favourable=0,protected=sex,ignore=application_id")
    model = ("--kind", "skops", "--artifact", CREDIT / "model-3.2.0.skops", "--with", "resamples=100", "--json")

    answer = modelops("check", "champion", *data, *model, "--champion-artifact", CREDIT / "legacy-1.0.0.skops")
    told = json.loads(answer.out)
    assert (answer.code, told["status"], set(told["inputs"])) == (0, "measured", {"artifact", "champion", "current"}), told["notes"]
    assert next(row["value"] for row in told["metrics"] if row["name"] == "auc_against_champion") > 0.3

    for wrong, says in (((), "which version is in use is not known here"), (("--champion-artifact", CREDIT / "gone.skops"), "is not there"),
                        (("--champion-artifact", CREDIT / "legacy-1.0.0.skops", "--champion-kind", "onnx"), "did not pass its scan as onnx")):
        answer = modelops("check", "champion", *data, *model, *wrong)
        assert (answer.code, json.loads(answer.out)["status"]) == (2, "error")
        assert says in json.loads(answer.out)["notes"][0]


@pytest.mark.parametrize(("arguments", "says"), [
    (("--kind", "skops"), "--kind and --artifact go together"),
    (("--kind", "onnx", "--artifact", CREDIT / "model-3.2.0.skops"), "did not pass its scan as onnx; it is not opened"),
    (("--kind", "joblib", "--artifact", CREDIT / "model-3.2.0.skops"), "opened only where a policy allows it"),
    (("--kind", "skops", "--artifact", CREDIT / "nothing.skops"), "is not there"),
])
def test_a_model_that_may_not_be_opened_is_not_asked(modelops: Call, arguments: tuple[object, ...], says: str) -> None:
    answer = modelops("check", "robustness", "--current", CREDIT / "current.parquet", *arguments)

    assert answer.code == 2
    assert says in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize(("arguments", "says"), [
    (("--columns", "targt=x"), "did you mean 'target'"),
    (("--with", "nonsense"), "expected key=value"),
    (("--columns", "target=nowhere"), "no column 'nowhere'"),
])
def test_wrong_options_of_a_check_are_told(modelops: Call, arguments: tuple[str, ...], says: str) -> None:
    answer = modelops("check", "drift", "--current", ROOT / "examples/credit/current.parquet", *arguments)

    assert answer.code == 2
    assert says in answer.err
    assert "Traceback" not in answer.err


def test_an_unknown_parameter_is_an_error_of_the_measurement(modelops: Call) -> None:
    answer = modelops("check", "drift", "--current", ROOT / "examples/credit/current.parquet", "--with", "methd=psi")

    assert answer.code == 2
    assert "methd" in answer.out


def test_errors_are_json_when_asked(modelops: Call, project: Path) -> None:
    told = json.loads(modelops("run", "nothing", "--json").out)

    assert told["problems"][0]["code"] == "SPEC001"


def test_schema_is_that_of_the_types(modelops: Call, tmp_path: Path) -> None:
    for kind in ("model", "governance", "lifecycle", "policy"):
        assert json.loads(modelops("schema", kind).out)["$id"] == f"urn:modelops-airflow:{kind}:1"
    assert modelops("schema", "model", "--out", tmp_path / "s.json").code == 0


@pytest.mark.parametrize("noun", ["kinds", "checks", "targets", "lifecycles", "policies"])
def test_the_catalogue_is_printed_and_json(modelops: Call, noun: str) -> None:
    assert modelops(noun).code == 0
    assert json.loads(modelops(noun, "--json").out)
