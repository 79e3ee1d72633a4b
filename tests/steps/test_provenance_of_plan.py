"""Whoever wrote a file that the plan reads had a hand in the exam; data that git does not have is no gap."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_provenance import Repository

from modelops_airflow.plan import Plan, PlannedStep
from modelops_airflow.spec.project import Project
from modelops_airflow.steps.provenance import Provenance, provenance_of_plan

MODEL, SUITE, ARTIFACT = "dags/models/first.yaml", "suites/first.json", "models/first.onnx"


def plan(**data: object) -> Plan:
    """A plan that reads a suite, an artifact and data."""
    steps = (PlannedStep("expectations", "expectations", {"suite": SUITE, "engine": "auto"}, (), (), "check"),)
    return Plan({"id": "first", "artifact": ARTIFACT}, data or None, "release", "r@1", "manual", None, steps, {})


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Dana wrote the model's file and Sven its suite; the artifact is not in git."""
    made = Repository(tmp_path)
    made.commit("dana", "m", name=MODEL)
    made.commit("sven", "s", name=SUITE)
    (tmp_path / "models").mkdir()
    (tmp_path / ARTIFACT).write_text("x")
    return made


def told(repository: Repository, one: Plan, since: dict[str, str] | None = None) -> dict[str, Provenance]:
    project = Project(repository.root)
    found = provenance_of_plan(project, project.model("first"), one, ("models",), since or {})
    assert found[0].file == MODEL
    assert len({each.file for each in found}) == len(found)
    return {each.file: each for each in found}


def test_who_wrote_the_suite_is_an_author_as_who_wrote_the_model_file(repository: Repository) -> None:
    found = told(repository, plan())
    assert {name: one.authors for name, one in found.items()} == {MODEL: ("dana@bank.example",), SUITE: ("sven@bank.example",)}


def test_a_suite_that_git_does_not_know_or_that_was_changed_is_a_gap(repository: Repository) -> None:
    (repository.root / SUITE).write_text("other")
    assert "not committed" in told(repository, plan())[SUITE].gap
    repository.git("rm", "-q", "--cached", SUITE)
    repository.git("-c", "user.name=x", "-c", "user.email=x@bank.example", "commit", "-q", "--no-gpg-sign", "-m", "gone")
    assert "does not know" in told(repository, plan())[SUITE].gap


@pytest.mark.parametrize("source", ["data/a.csv", "data", "data/*.csv"])
def test_data_and_artifact_are_asked_about_where_git_has_them_and_are_no_gap_where_not(repository: Repository, source: str) -> None:
    folder = source.partition("/")[0]
    (repository.root / folder).mkdir()
    for name in ("a.csv", "b.csv"):
        (repository.root / folder / name).write_text("x")
    asked = plan(current=source, baseline={"connection": "c", "sql": "select 1"}, labels={"path": source})
    assert set(told(repository, asked)) == {MODEL, SUITE}
    repository.commit("bert", "a,b,c", name=f"{folder}/a.csv")
    repository.commit("anna", "the bytes of a model", name=ARTIFACT)
    found = told(repository, asked)
    assert found.keys() == {MODEL, SUITE, f"{folder}/a.csv", ARTIFACT}
    assert (found[f"{folder}/a.csv"].authors, found[ARTIFACT].authors) == (("bert@bank.example",), ("anna@bank.example",))
    assert not any(one.gap for one in found.values())


def test_a_name_that_looks_like_a_pattern_is_that_file_alone(repository: Repository) -> None:
    repository.commit("eve", "another suite", name="suites/f.json")
    assert told(repository, plan())[SUITE].authors == ("sven@bank.example",)
    odd = "suites/[f].json"
    repository.commit("olaf", "an odd one", name=odd)
    step = PlannedStep("expectations", "expectations", {"suite": odd}, (), (), "check")
    found = told(repository, Plan({"id": "first", "artifact": ARTIFACT}, None, "release", "r@1", "manual", None, (step,), {}))
    assert found[odd].authors == ("olaf@bank.example",)


@pytest.mark.parametrize("named", ["canary", "canary/*.csv", "canary/[ab].csv"])
def test_who_wrote_a_file_of_a_folder_or_pattern_that_a_step_names_is_an_author(repository: Repository, named: str) -> None:
    repository.commit("eve", "the answers", name="canary/a.csv")
    repository.commit("olaf", "a decoy", name="canary/[ab].csv")
    (repository.root / "canary/b.csv").write_text("x")
    step = PlannedStep("replay", "replay", {"file": named, "mode": "exact", "prediction": ""}, (), (), "check")
    found = told(repository, Plan({"id": "first", "artifact": ARTIFACT}, None, "release", "r@1", "manual", None, (step,), {}))
    assert found.keys() == {MODEL, "canary/[ab].csv", "canary/a.csv", "canary/b.csv"}
    assert found["canary/a.csv"].authors == ("eve@bank.example",)
    assert "does not know" in found["canary/b.csv"].gap


def test_data_that_is_not_there_yet_says_nothing(repository: Repository) -> None:
    assert set(told(repository, plan(current="nowhere/x.csv", baseline="../outside"))) == {MODEL, SUITE}


def test_a_suite_that_the_last_release_did_not_read_has_all_its_writers(repository: Repository) -> None:
    repository.commit("olaf", "s2", name=SUITE)
    last = repository.commit("dana", "m2", name=MODEL)
    assert told(repository, plan(), {MODEL: last})[SUITE].authors == ("olaf@bank.example", "sven@bank.example")
    first = repository.git("log", "--format=%H", "--reverse", "--", SUITE).split()[0]
    assert told(repository, plan(), {MODEL: last, SUITE: first})[SUITE].authors == ("olaf@bank.example",)
    assert told(repository, plan(), {MODEL: last})[MODEL].authors == ()


def test_without_git_only_what_belongs_into_it_is_a_gap(tmp_path: Path) -> None:
    for name in (MODEL, SUITE, ARTIFACT):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    found = provenance_of_plan(Project(tmp_path), tmp_path / MODEL, plan(), ("models",), {})
    assert [one.file for one in found] == [MODEL, SUITE]
    assert all("does not know" in one.gap for one in found)
