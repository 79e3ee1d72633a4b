"""examples/ci: every `run` of the workflow in order, in a clone of a real repository, and the hooks by pre-commit itself; only posting is a stub."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelops_airflow.approvals.identity import holders
from modelops_airflow.cli.sources import choose, plans_in
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.record import StepRecord, decide, record
from modelops_airflow.governance.start import RunKey, pin
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.inventory.register import Register
from modelops_airflow.signing.ed25519 import fingerprint, generate, raw_public
from modelops_airflow.spec.project import Project
from modelops_airflow.spec.read import read_governance
from modelops_airflow.steps.local import run_local

ROOT = Path(__file__).parents[2]
WORKFLOW = yaml.safe_load((ROOT / "examples/ci/github-actions.yml").read_text(encoding="utf-8"))
(JOB,) = WORKFLOW["jobs"].values()
STEPS = """lifecycles:
  release:
    uses: standard-release
    remove: [performance, approve-validation]
    steps: {drift: {require: {psi: {warn: ">= 0.01", fail: ">= 0.30"}}}}
"""
MODEL = "dags/models/pricing-rules.yaml"


def git(folder: Path, *words: str, **more: str) -> str:
    done = subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", *words], cwd=folder, check=True, capture_output=True, text=True,
                          env=os.environ | more)
    return done.stdout


def commit(folder: Path, message: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one model that was released by the plan of its file; its records are in .modelops, which git does not have."""
    bank = tmp_path_factory.mktemp("ci") / "bank"
    (bank / "dags/models").mkdir(parents=True)
    shutil.copytree(ROOT / "examples/pricing", bank / "examples/pricing")
    shutil.copy(ROOT / "dags/governance.yaml", bank / "dags")
    (bank / MODEL).write_text((ROOT / MODEL).read_text(encoding="utf-8") + STEPS, encoding="utf-8")
    (bank / ".gitignore").write_text(".modelops/\n*.pem\n", encoding="utf-8")
    assert run_local(bank, "pricing-rules").verdict == "pass"
    _register(bank)
    generate(bank / "house.pem")
    git(bank, "init", "-qb", "main")
    commit(bank, "one")
    return bank


def _register(bank: Path) -> None:
    """What the local run came to, as a governed run of the register."""
    register = Register(f"sqlite:///{bank}/.modelops/register.db")
    register.migrate()
    source = read_governance(Project(bank).governance, name="dags/governance.yaml")
    propose(register, source.canonical, "sync")
    for who in sorted(holders(source.spec, "control"))[:2]:
        activate(register, source.digest, Actor("simple", source.spec.people[who].login["simple"]))
    run = json.loads(next((bank / ".modelops/runs").glob("*/run.json")).read_text(encoding="utf-8"))
    plan = next(one for one in plans_in(choose([], bank), "release") if one.digest == run["plan"])
    key = RunKey("pricing-rules.release", "manual__1")
    pin(register, key, plan.to_json(), run["artifact"], "pricing.yaml", "somebody")
    for name, one in run["steps"].items():
        record(register, key, StepRecord(name, one["uses"], one["status"], one["verdict"], one["warned"], one["evidence"]))
    told = run["decision"]
    decide(register, key, manifest=told["manifest"], subject=told["subject"], verdict=told["verdict"], warned=told["warned"], reasons=())
    register.engine.dispose()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of this source, to be installed by the workflow's own line."""
    folder = tmp_path_factory.mktemp("wheels")
    subprocess.run([sys.executable, "-m", "pip", "wheel", str(ROOT), "-q", "--no-deps", "--no-build-isolation", "-w", str(folder)], check=True)
    return folder


@pytest.fixture
def runner(bank: Path, wheels: Path, tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A clone as the runner has it, and its environment; what would go to GitHub goes to a file."""
    clone, stub = tmp_path / "clone", tmp_path / "bin"
    git(tmp_path, "clone", "-q", str(bank), str(clone))
    stub.mkdir()
    (stub / "gh").write_text('#!/bin/sh\necho "$@" > "$RUNNER_TEMP/posted"\n', encoding="utf-8")
    (stub / "gh").chmod(0o755)
    site = tmp_path / "site"
    there = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW__MODELOPS__", "MODELOPS_"))}
    return clone, there | {
        "PATH": f"{stub}:{site}/bin:{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(site), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_NO_DEPS": "1",
        "PIP_TARGET": str(site), "RUNNER_TEMP": str(tmp_path), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"), "BASE": "origin/main", "PULL": "7"}


def written(bank: Path, file: Path) -> str:
    """A snapshot of the bank; answers the fingerprint of its key."""
    done = subprocess.run(
        [sys.executable, "-c", "from modelops_airflow.cli import main; main()", "snapshot", "write", str(file), "--json"], cwd=bank, check=True,
        capture_output=True, text=True, env=os.environ | {"AIRFLOW__MODELOPS__CHECKPOINT_KEY": "house.pem", "PYTHONPATH": os.pathsep.join(sys.path)})
    told = json.loads(done.stdout)
    assert (told["plans"], told["bytes"]) == (1, file.stat().st_size) and told["statements"] > 1
    return str(told["signed_by"])


def work(clone: Path, environment: Mapping[str, str]) -> dict[str, int]:
    """Every `run` of the workflow in order: after one that failed only what runs always; the exit code of each."""
    codes: dict[str, int] = {}
    for step in JOB["steps"]:
        planned = step.get("if") == "always() && steps.plan.outcome != 'skipped'" and "plan" in codes
        if "run" in step and (not any(codes.values()) or planned):
            done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=clone, env=dict(environment), capture_output=True, text=True, check=False)
            codes[step["name"]] = done.returncode
            print(step["name"], done.stdout, done.stderr)
    return codes


def test_the_workflow_plans_over_the_snapshot_posts_and_fails_where_a_model_would(bank: Path, runner: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    clone, there = runner
    file = tmp_path / "published"
    there |= {"MODELOPS_TRUST": written(bank, file), "SNAPSHOT_URL": f"file://{file}"}
    text = (clone / MODEL).read_text(encoding="utf-8")
    git(clone, "switch", "-qc", "change")
    (clone / MODEL).write_text(text.replace('>= 0.30', '>= 0.25'), encoding="utf-8")
    commit(clone, "a little stricter")
    assert work(clone, there) == {"install": 0, "fetch the evidence": 0, "validate": 0, "plan": 0, "post": 0}
    assert "pass, unchanged" in (tmp_path / "plan.md").read_text(encoding="utf-8")

    (clone / MODEL).write_text(text.replace('>= 0.30', '>= 0.03'), encoding="utf-8")
    commit(clone, "too strict")
    (tmp_path / "posted").unlink()
    assert work(clone, there) == {"install": 0, "fetch the evidence": 0, "validate": 0, "plan": 1, "post": 0}
    plan = (tmp_path / "plan.md").read_text(encoding="utf-8")
    assert "1 model changes from pass to fail" in plan and "0 hours old" in plan and plan in (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert (tmp_path / "posted").read_text(encoding="utf-8").startswith("pr comment 7 --edit-last")
    assert work(clone, there | {"MODELOPS_TRUST": "sha256:" + "0" * 64})["plan"] == 2
    (clone / MODEL).write_text("nonsense", encoding="utf-8")
    assert "plan" not in work(clone, there)


def test_the_workflow_may_do_no_more_than_it_needs() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert [one["uses"] for one in JOB["steps"] if "uses" in one] == ["actions/checkout@v4", "actions/setup-python@v5"]
    assert all("${{" not in step["run"] for step in JOB["steps"] if "run" in step)  # what a stranger names a branch is no code
    assert JOB["steps"][0]["with"] == {"fetch-depth": 0, "persist-credentials": False}


def test_the_hooks_refuse_a_commit_that_breaks_a_model(bank: Path, tmp_path: Path) -> None:
    clone, commands = tmp_path / "clone", tmp_path / "bin"
    shutil.copytree(bank, clone)
    (clone / ".modelops/register.db").unlink()
    commands.mkdir()
    (commands / "modelops").write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from modelops_airflow.cli import main; main()" "$@"\n', encoding="utf-8")
    (commands / "modelops").chmod(0o755)
    shutil.copy(ROOT / "examples/ci/pre-commit-config.yaml", clone / ".pre-commit-config.yaml")
    there: dict[str, Any] = {"PATH": f"{commands}:{Path(sys.executable).parent}:{os.environ['PATH']}", "PRE_COMMIT_HOME": str(tmp_path / "home"),
                             "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-m", "pre_commit", "install"], cwd=clone, check=True, env=os.environ | there)
    text = (clone / MODEL).read_text(encoding="utf-8")

    def tried(limit: str) -> subprocess.CompletedProcess[str]:
        (clone / MODEL).write_text(text.replace(">= 0.30", limit), encoding="utf-8")
        git(clone, "add", "-A")
        return subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-m", "a change"], cwd=clone, env=os.environ | there,
                              capture_output=True, text=True, check=False)

    refused = tried(">= 0.03")
    assert refused.returncode != 0 and "1 model changes from pass to fail" in refused.stdout + refused.stderr
    assert tried("nonsense").returncode != 0
    kept = tried(">= 0.25")
    assert kept.returncode == 0, kept.stdout + kept.stderr


def test_a_snapshot_needs_a_key_and_a_plan_over_it_a_fingerprint(bank: Path, tmp_path: Path) -> None:
    def call(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-c", "from modelops_airflow.cli import main; main()", *words], cwd=bank, capture_output=True, text=True,
                              check=False, env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | more)

    file = tmp_path / "fleet.snapshot"
    assert "no checkpoint_key is set" in call("snapshot", "write", str(file)).stderr
    named = written(bank, file)
    assert "expected --trust" in call("plan", "--against", "main", "--evidence", str(file)).stderr
    other = fingerprint(raw_public(generate(tmp_path / "other.pem")))
    assert (told := call("plan", "--against", "main", "--evidence", str(file), "--trust", other)).returncode == 2 and named in told.stderr
    assert "name a revision" in call("plan", "--evidence", str(file), "--trust", named).stderr
    told = call("plan", "--against", "main", "--evidence", str(file), "--trust", named, "--json")
    assert (told.returncode, json.loads(told.stdout)) == (0, []) and "0 hours old" in told.stderr
