"""A project's own policy packs and life cycles: they are asked of models, their mistakes are told, and a change of them is replayed."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from modelops_airflow.plan.governance_file import governance_in
from modelops_airflow.policy.in_force import library_of
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import read_policy
from modelops_airflow.spec.schema import json_schema

Call = Callable[..., Any]
PACK = """pack: acme
version: 1
title: What Acme asks.
controls:
  - id: ACME-1
    ref: section 3
    text: The data is looked at.
    class: risk
    steps: [expectations]
    numbers: {critical_failed: {fail: "> 0", basis: project default}}
  - id: ACME-2
    ref: section 4
    text: The data does not drift.
    class: risk
    steps: [drift]
    numbers: {psi: {fail: ">= 0.24", basis: project default}}
"""
LIFECYCLE = """lifecycle: acme-release
version: 1
description: A release in which legal looks too.
on: version-registered
extends: standard-release
steps:
  - {id: drift-by-js, uses: drift, with: {method: jensenshannon}, insert: {after: drift}}
"""


def write(project: Path, name: str, text: str) -> None:
    path = project / "dags" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def named_everywhere(project: Path) -> None:
    file = project / "dags" / "governance.yaml"
    body = yaml.safe_load(file.read_text())
    body["policies"] = ["acme"]
    file.write_text(yaml.safe_dump(body))


def model_of(project: Path) -> Path:
    return next((project / "dags" / "models").glob("*.yaml"))


def test_an_own_pack_is_asked_of_every_model_and_listed(modelops: Call, project: Path) -> None:
    write(project, "policies/acme.yaml", PACK)
    named_everywhere(project)

    (plan,) = [one for one in json.loads(modelops("plan", model_of(project).stem, "--json").out) if one["lifecycle"] == "release"]
    drift = next(step for step in plan["steps"] if step["uses"] == "drift")

    assert plan["packs"]["acme"]["named_by"] == "governance.yaml"
    assert plan["policies"]["acme"] == read_policy(project / "dags/policies/acme.yaml", name="x").digest
    assert "acme ACME-2" in drift["required_by"]
    assert any(rule["metric"] == "psi" and rule["fail"] == ">= 0.24" and "acme ACME-2" in rule["origin"] for rule in drift["requirements"])
    assert "acme" in {row["policy"] for row in json.loads(modelops("policies", "--json").out)}
    assert modelops("validate").code == 0


def test_a_model_uses_a_life_cycle_of_its_project(modelops: Call, project: Path) -> None:
    write(project, "lifecycles/acme-release.yaml", LIFECYCLE)
    model = model_of(project)
    body = yaml.safe_load(model.read_text())
    body["lifecycles"] = {"release": {"uses": "acme-release"}}
    model.write_text(yaml.safe_dump(body))

    (plan,) = json.loads(modelops("plan", model.stem, "--json").out)

    assert plan["template"] == "acme-release@1"
    assert [step["options"]["method"] for step in plan["steps"] if step["id"] == "drift-by-js"] == ["jensenshannon"]
    assert "acme-release" in {row["lifecycle"] for row in json.loads(modelops("lifecycles", "--json").out)}
    assert modelops("run", model.stem).code in (0, 1)


MISTAKES = {
    "circle": ("lifecycles/acme-release.yaml", LIFECYCLE.replace("extends: standard-release", "extends: acme-release"), "PLAN029 life cycles extend each other in a circle"),
    "decide": ("lifecycles/acme-release.yaml", LIFECYCLE + "remove: [decide]\n", "PLAN029 step 'decide' cannot be removed"),
    "extends": ("lifecycles/acme-release.yaml", LIFECYCLE.replace("extends: standard-release\n", ""), "PLAN029 it extends no life cycle"),
    "kind": ("lifecycles/acme-release.yaml", LIFECYCLE + "  - {id: drift, uses: bias}\n", "PLAN029 step 'drift' is of kind 'drift' in standard-release"),
    "metric": ("policies/acme.yaml", PACK.replace("critical_failed", "critical_fialed"), "dags/policies/acme.yaml:10:32: PACK004 there is no metric 'critical_fialed'"),
    "name": ("policies/house.yaml", PACK.replace("pack: acme", "pack: house"), "dags/policies/house.yaml:1:7: PACK019 there is a policy pack 'house' in the package already"),
    "name of a life cycle": ("lifecycles/monitor.yaml", LIFECYCLE.replace("acme-release", "monitor"), "PLAN029 there is a life cycle 'monitor' in the package already"),
    "on": ("lifecycles/acme-release.yaml", LIFECYCLE.replace("on: version-registered", "on: schedule"), "PLAN029 it begins on schedule, and standard-release on version-registered"),
    "schedule": ("lifecycles/acme-release.yaml", LIFECYCLE + "schedule: whenever\n", "PLAN029 'whenever' is no schedule"),
    "stem": ("policies/other.yaml", PACK, "dags/policies/other.yaml:1:7: PACK007 the pack is 'acme' and its file 'other'"),
    "step": ("lifecycles/acme-release.yaml", LIFECYCLE.replace("after: drift", "after: drfit"), "goes after 'drfit', which is not there"),
    "unknown key": ("policies/acme.yaml", PACK.replace("title:", "titel:"), "dags/policies/acme.yaml:3:1: "),
    "yaml": ("policies/acme.yaml", "pack: [", "dags/policies/acme.yaml:"),
}


@pytest.mark.parametrize("what", sorted(MISTAKES))
def test_mistakes_of_own_files_are_told_at_their_line(modelops: Call, project: Path, what: str) -> None:
    name, text, told = MISTAKES[what]
    write(project, name, text)

    answer = modelops("validate")

    assert answer.code == 2 and told in answer.out, answer.out
    assert told in modelops("validate", project / "dags" / name).out
    assert "Traceback" not in modelops("run", model_of(project).stem).err


def test_what_own_files_say_is_not_written_in_governance_itself(modelops: Call, project: Path) -> None:
    file = project / "dags" / "governance.yaml"
    file.write_text(file.read_text() + "own_policies: {acme: {pack: acme}}\n")

    told = modelops("validate").out

    assert "SPEC015 own_policies is not written here" in told and "write a file of dags/policies" in told
    assert not {"own_policies", "own_lifecycles"} & set(json_schema("governance")["properties"])


def test_the_library_of_a_governance_as_it_is_kept_is_that_of_the_files(project: Path) -> None:
    write(project, "policies/acme.yaml", PACK)
    write(project, "lifecycles/acme-release.yaml", LIFECYCLE)
    source = governance_in(project / "dags/governance.yaml", name="dags/governance.yaml")
    kept = type(source.spec).model_validate_json(json.dumps(source.canonical))

    library = library_of(kept)

    assert library.packs["acme"].digest == source.own[1].digest == read_policy(project / "dags/policies/acme.yaml", name="x").digest
    assert [step.id for step in library.steps("acme-release")] == [step.id for step in library_of(source.spec).steps("acme-release")]


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@x", *words], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("against", ["folder", "revision"])
def test_a_tighter_own_pack_is_replayed_over_stored_evidence(modelops: Call, project: Path, against: str, tmp_path: Path) -> None:
    write(project, "policies/acme.yaml", PACK)
    named_everywhere(project)
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    shutil.copytree(project, tmp_path / "before")
    assert modelops("run", model_of(project).stem).code == 0
    write(project, "policies/acme.yaml", PACK.replace(">= 0.24", ">= 0.0000001"))

    told = modelops("plan", "--against", "HEAD" if against == "revision" else tmp_path / "before")

    assert told.code == 1 and "1 model changes from pass to fail" in told.out, told.out + told.err
    assert "tightening" in told.out and "psi" in told.out
    write(project, "policies/acme.yaml", PACK)
    same = modelops("plan", "--against", "HEAD" if against == "revision" else tmp_path / "before")
    assert same.code == 0 and "no plan differs" in same.out, same.out


def test_a_broken_pack_of_a_revision_is_told_with_its_line(project: Path) -> None:
    write(project, "policies/acme.yaml", PACK.replace("psi", "spi"))
    with pytest.raises(SpecError) as told:
        governance_in(project / "dags/governance.yaml", name="dags/governance.yaml")
    assert [problem.code for problem in told.value.problems] == ["PACK004"]
