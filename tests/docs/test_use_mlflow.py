"""docs/how-to/use-mlflow.md: its commands run as written against a small MLflow, and its lines govern the model that they brought."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from mlflow_stub import stub
from modelops_airflow.cli import main
from modelops_airflow.digest import digest_bytes
from modelops_airflow.kinds import KINDS, read_artifact
from modelops_airflow.spec.read import parse_governance
from modelops_airflow.steps.local import run_local
from modelops_airflow.targets import Release, target_of, wrong_target

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/use-mlflow.md").read_text(encoding="utf-8")
MODEL, PLACE = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [shlex.split(line) for line in re.findall(r"^modelops (mlflow .*)$", PAGE, re.MULTILINE)]
SAVED = ROOT / "tests/kinds/mlflow_models/saved/sklearn-skops"


def test_the_commands_bring_a_model_that_the_lines_govern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    with stub() as server:
        for _ in range(6):
            server.add("credit", {"MLmodel": b"older"})
        server.add("credit", {path.name: path.read_bytes() for path in SAVED.iterdir()}, alias="champion")
        monkeypatch.setenv("AIRFLOW_CONN_REGISTRY", server.url)
        get, check = COMMANDS
        for command in (get, check):
            monkeypatch.setattr(sys, "argv", ["modelops", *command, "--private"])
            with pytest.raises(SystemExit) as end:
                main()
            assert not end.value.code
            told = capsys.readouterr().out
            assert command is check or MODEL in told + "\n"
    body = yaml.safe_load((tmp_path / "dags/models/credit-risk.yaml").read_text())
    body["model"] = {**body["model"], **yaml.safe_load(MODEL)["model"]}
    (tmp_path / "dags/models/credit-risk.yaml").write_text(yaml.safe_dump(body))
    rules = yaml.safe_load((tmp_path / "dags/governance.yaml").read_text())
    rules["artifact_roots"] = [*rules.get("artifact_roots", []), "models"]
    (tmp_path / "dags/governance.yaml").write_text(yaml.safe_dump(rules))
    run = run_local(tmp_path, "credit-risk", folder=tmp_path / ".modelops")
    assert run.results["scan-artifact"].judgement is not None and run.results["scan-artifact"].judgement.verdict == "pass", run.results["scan-artifact"].message
    assert "profile" in run.evidence


def test_the_environment_deploys_what_the_page_says(tmp_path: Path) -> None:
    people = "modelops: 1\npeople: {a: {login: {simple: a}}}\nroles: {risk: {side: control, held_by: [a]}}\n"
    place = parse_governance(people + PLACE, "governance.yaml").spec.environments["production"]
    assert wrong_target(place.target, place.with_) == []
    data = read_artifact(SAVED, "m").bytes
    with stub() as server:
        target = target_of(place.target, place.with_, resolve=lambda text: tmp_path / text, connections=lambda _: server.url)
        target.deploy(Release("credit-risk", "production", "7", digest_bytes(data), 3, digest_bytes(b"s"), lambda: data))
        model = server.models["credit-risk"]
        assert list(model["aliases"]) == ["champion"] and list(model["tags"]) == ["modelops.champion.0000000000000003"]
        assert {"modelops.artifact", "modelops.subject"} <= set(model["versions"]["1"]["tags"])


def test_the_kinds_of_the_table_are_kinds() -> None:
    assert set(re.findall(r"\| `(mlflow[a-z-]*)` \|", PAGE)) == {"mlflow", "mlflow-pickled"} <= set(KINDS)
