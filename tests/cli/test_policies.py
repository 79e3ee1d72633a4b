"""modelops policies: what packs there are, whether a file is one, and what a model lacks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

Call = Callable[..., Any]
OWN = """pack: own
version: 1
title: A pack of a test.
controls:
  - {id: OWN-1, ref: a test, text: Groups are looked at., class: compliance, steps: [bias], numbers: {impact_ratio: {warn: "< 0.80", basis: industry}}}
"""


def with_packs(project: Path, packs: list[str], **facts: Any) -> str:
    """The first model of a new project with packs and facts."""
    file = sorted((project / "dags" / "models").glob("*.yaml"))[0]
    body = yaml.safe_load(file.read_text())
    body["policies"] = ["house", *packs]
    body["model"]["facts"] = facts
    file.write_text(yaml.safe_dump(body))
    return file.stem


def test_every_pack_is_listed_with_how_its_controls_are_judged(modelops: Call) -> None:
    listed = modelops("policies").out
    rows = {row["policy"]: row for row in json.loads(modelops("policies", "--json").out)}

    assert "sr-11-7" in listed and "superseded, draft" in listed and "2 automated" in listed
    assert rows["nyc-ll144"]["draft"] and not rows["nist-ai-rmf"]["draft"]
    assert {control["how"] for row in rows.values() for control in row["controls"]} == {"automated", "assisted", "attested"}


def test_a_file_is_a_pack_or_its_mistakes_are_told(modelops: Call, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN)
    (tmp_path / "bad.yaml").write_text(OWN.replace("pack: own", "pack: bad").replace("[bias]", "[bais]"))

    assert modelops("policies", "lint", tmp_path / "own.yaml").code == 0
    bad = modelops("policies", "lint", tmp_path / "own.yaml", tmp_path / "bad.yaml")
    assert bad.code == 2 and "bad.yaml:5:86: PACK005 there is no kind of step 'bais' (did you mean 'bias'?)" in bad.err
    assert json.loads(modelops("policies", "lint", tmp_path / "bad.yaml", "--json").out)["problems"][0]["code"] == "PACK005"


def test_what_a_model_lacks_is_told_with_the_next_step(modelops: Call, project: Path) -> None:
    model = with_packs(project, ["four-fifths"], decisions_on_persons=True)
    told = modelops("policies", "gap", model)

    assert told.code == 1 and "four-fifths (draft: its source was not read): applies, on_persons; named by model file" in told.out
    assert "2 of 2 controls are not met; evidence: none" in told.out and "run the life cycle release" in told.out
    assert "reviewed again after: P1Y; records are kept: P1Y from record on; numbers: " in told.out and "impact_ratio warn < 0.8" in told.out
    body = json.loads(modelops("policies", "gap", model, "--json").out)
    assert [one["status"] for one in body["controls"]] == ["not tested", "not tested"] and body["packs"]["four-fifths"]["draft"]
    assert all(one["lacking"] for one in body["controls"])


def test_a_local_run_is_evidence_of_what_it_measured_and_of_nothing_that_people_say(modelops: Call, project: Path) -> None:
    model = with_packs(project, ["four-fifths"], decisions_on_persons=True)
    assert modelops("run", model).code in (0, 1)
    body = json.loads(modelops("policies", "gap", model, "--json").out)
    status = {one["control"]: one for one in body["controls"]}

    assert body["evidence"].startswith("local runs")
    assert status["FF-CAUTION"]["status"] == "not tested"
    assert status["FF-RATIO"]["status"] == "satisfied" and status["FF-RATIO"]["shown"] == "satisfied, draft pack"


def test_a_model_without_packs_lacks_nothing_and_a_day_is_a_day(modelops: Call, project: Path) -> None:
    model = with_packs(project, [])

    assert modelops("policies", "gap", model).code == 0
    assert modelops("policies", "gap", model, "--on", "2027-02-30").code == 2
    assert modelops("policies", "gap", "nobody").code == 2


def test_a_day_that_is_over_is_a_question_for_the_record(modelops: Call, project: Path) -> None:
    model = with_packs(project, [])
    today = datetime.now(UTC).date()
    over = modelops("policies", "gap", model, "--on", today - timedelta(days=1))

    assert over.code == 2 and f"modelops policies met {model} --pack PACK --on {today - timedelta(days=1)}" in over.err.replace("\n", " ")
    assert modelops("policies", "gap", model, "--on", today).code == 0


def test_a_pack_may_build_on_one_of_the_project(modelops: Call, project: Path) -> None:
    (project / "dags" / "policies").mkdir()
    (project / "dags" / "policies" / "base-own.yaml").write_text("pack: base-own\nversion: 1\ntitle: What all of ours ask.\n"
                                                                 "controls:\n  - {id: B-1, ref: a, text: Groups are looked at., class: risk, steps: [bias]}\n")
    for name, base in (("mine", "base-own"), ("lost", "base-nobodys")):
        (project / f"{name}.yaml").write_text(f"pack: {name}\nversion: 1\ntitle: t\nextends: {base}\n")

    assert modelops("policies", "lint", "mine.yaml").code == 0
    assert "base-nobodys" in modelops("policies", "lint", "lost.yaml").err


def test_a_day_to_come_says_what_will_be_asked(modelops: Call, project: Path) -> None:
    body = yaml.safe_load((project / "dags" / "governance.yaml").read_text())
    body["roles"] |= {name: {"side": "control", "held_by": []} for name in ("legal",) if name not in body["roles"]}
    for person, role in (("extra-1", "legal"), ("extra-2", "validator"), ("extra-3", "risk")):
        body["people"][person] = {"login": {"simple": person}}
        body["roles"].setdefault(role, {"side": "control", "held_by": []})["held_by"].append(person)
    (project / "dags" / "governance.yaml").write_text(yaml.safe_dump(body))
    model = with_packs(project, ["eu-ai-act-high-risk"], jurisdictions=["EU"], eu_high_risk=True, eu_annex="III", eu_role="provider",
                       eu_rights_assessment="none")

    now = modelops("policies", "gap", model, "--on", "2027-12-01")
    later = modelops("policies", "gap", model, "--on", "2027-12-02")
    assert now.code == 0 and "pending, takes effect on 2027-12-02" in now.out
    assert later.code == 1 and "AIA-11" in later.out, later.err


def test_a_plan_shows_which_packs_apply_and_what_a_gate_covers(modelops: Call, project: Path) -> None:
    model = with_packs(project, ["four-fifths"], decisions_on_persons=True)
    shown = modelops("plan", model).out

    assert modelops("plan", model, "--on", "2027-02-30").code == 2 and modelops("plan", model, "--on", "2030-01-01").code == 0
    assert "four-fifths (draft: its source was not read): applies" in shown and "for four-fifths FF-CAUTION" in shown.replace("\n", " ")
