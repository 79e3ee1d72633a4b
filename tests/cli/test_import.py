"""modelops import: one valid file for each model that is elsewhere, in one go, and nothing that is there is touched."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlflow_registry import registered, registry
from modelops_airflow.digest import digest_bytes

Call = Callable[..., Any]
OWNER = ("--owner", "owner-1")


def pointers(folder: Path, *names: str) -> None:
    for name in names:
        for part in ("live", "artifacts"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        digest = digest_bytes(name.encode())
        (folder / "artifacts" / digest.removeprefix("sha256:")).write_bytes(name.encode())
        (folder / "live" / f"{name}.json").write_text(json.dumps({"artifact": digest, "epoch": 4, "version": "2.0"}))


def files(project: Path) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in (project / "dags/models").glob("*.yaml") if path.stem != "first"}


def test_a_dry_run_shows_all_and_writes_nothing(modelops: Call, project: Path) -> None:
    pointers(project / "place", "Credit_Risk", "pricing")
    before = sorted(project.rglob("*"))
    told = modelops("import", "folder", "place", "--kind", "rules", "--dry-run")
    assert told.code == 0, told.err
    assert "credit-risk" in told.out and "Credit_Risk" in told.out and "2 would be new" in told.out
    assert sorted(project.rglob("*")) == before


def test_files_are_valid_and_say_what_is_still_to_be_said(modelops: Call, project: Path) -> None:
    pointers(project / "place", "Credit_Risk", "pricing")
    assert modelops("import", "folder", "place", "--kind", "rules", *OWNER).code == 0
    written = files(project)
    assert sorted(written) == ["credit-risk", "pricing"]
    assert f"digest: {digest_bytes(b'pricing')}" in written["pricing"] and 'name: "Credit_Risk"' in written["credit-risk"]
    assert "Still to be said: purpose, kind, tier (1 was put in), developers, artifact, legacy.waiver, data." in written["pricing"]
    checked = modelops("validate")
    assert checked.code == 0, checked.out
    for words in ("nobody has said what the model is for", "which is not there", "asks for no waiver"):
        assert checked.out.count(words) == 2
    said = written["pricing"].replace("TO BE SAID: what it decides, and for whom.", "Prices.")
    (project / "dags/models/pricing.yaml").write_text(said, encoding="utf-8")
    assert modelops("validate").out.count("nobody has said what the model is for") == 1


def test_a_second_run_adds_what_is_new_and_changes_nothing_else(modelops: Call, project: Path) -> None:
    pointers(project / "place", "a", "b")
    modelops("import", "folder", "place", "--kind", "rules", *OWNER)
    (project / "dags/models/a.yaml").write_text(files(project)["a"] + "# a person wrote this\n", encoding="utf-8")
    before = files(project)
    pointers(project / "place", "c")
    told = modelops("import", "folder", "place", "--kind", "rules", *OWNER)
    assert "1 written, 2 there already" in told.out
    after = files(project)
    assert after.pop("c") and after == before


def test_collisions_and_unknown_kinds_are_all_told_and_the_others_are_written(modelops: Call, project: Path) -> None:
    pointers(project / "place", "A_b", "a-b", "good")
    told = modelops("import", "folder", "place", "--kind", "rules", *OWNER)
    assert told.code == 1 and "would both be a-b" in told.out and "1 written" in told.out
    assert sorted(files(project)) == ["good"]
    pointers(project / "place", "unseen")
    told = modelops("import", "folder", "place", *OWNER)
    assert told.code == 1 and "unseen: its kind cannot be seen; say it with --kind" in told.out


def test_a_waiver_is_asked_for_and_a_monitor_looks_at_logged_answers(modelops: Call, project: Path) -> None:
    pointers(project / "place", "pricing")
    told = modelops("import", "folder", "place", "--kind", "rules", *OWNER, "--waiver-until", "2099-03-31", "--reason", "here: before", "--data",
                    "logs/{model}/*.parquet", "--column", "prediction=said", "--column", "target=outcome")
    assert told.code == 0, told.out + told.err
    text = files(project)["pricing"]
    for line in ('    reason: "here: before"', "    until: 2099-03-31", '  current: "logs/pricing/*.parquet"', '    prediction: "said"', "    uses: logged-monitor"):
        assert line in text
    plan = json.loads(modelops("plan", "pricing", "--json").out)
    assert "scan-artifact" not in json.dumps(plan) and "logged-monitor" in json.dumps(plan)


@pytest.mark.parametrize(("arguments", "expected"), [
    ((), "--owner '' is not in governance.yaml"), (("--owner", "ownr-1"), "did you mean"), ((*OWNER, "--environment", "prod"), "no environment 'prod'"),
    ((*OWNER, "--kind", "sklearn"), "there is no kind"), ((*OWNER, "--waiver-until", "2025-02-30", "--reason", "x"), "is no day"),
    ((*OWNER, "--waiver-until", "2099-01-01"), "takes both"), ((*OWNER, "--data", "x.parquet"), "--data takes"),
    ((*OWNER, "--column", "age=x"), "not ROLE=NAME"), ((*OWNER, "--column", "score=x"), "take --data")])
def test_a_wrong_choice_is_told_before_anything_is_looked_at(modelops: Call, project: Path, arguments: tuple[str, ...], expected: str) -> None:
    told = modelops("import", "folder", "nowhere", *arguments)
    assert told.code == 2 and expected in told.err, told.err
    assert files(project) == {}


def test_hostile_names_and_descriptions_end_in_valid_files_or_a_message(modelops: Call, project: Path) -> None:
    hostile = ["a\n  owner: evil", "b: {x", "c # d", "../../../e", "f\u202eg", "'\"h\\", "i" * 300, "\x00j"]
    models = [registered(name, alias=("champion", 2), description=f"{name}\nlegacy: 1\u2028x\x07") for name in hostile]
    models.append(registered("secret", alias=("champion", 2), description="see postgres://user:pass@host/db"))
    with registry(models) as there:
        told = modelops("import", "mlflow", there.url, "--kind", "rules", *OWNER)
    assert told.code == 1 and "secret: " in told.out and "looks like a secret" in told.out
    assert "pass" not in "".join(files(project).values())
    checked = modelops("validate")
    assert checked.code == 0, checked.out
    assert all("owner: owner-1" in text for text in files(project).values()) and len(files(project)) == len(hostile)


def test_a_password_comes_from_the_connection_and_is_in_no_file(modelops: Call, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with registry([registered("pricing", alias=("champion", 2))]) as there:
        there.login = "Basic dTpzM2NyM3Q="
        monkeypatch.setenv("AIRFLOW_CONN_REGISTRY", there.url.replace("//", "//u:s3cr3t@"))
        told = modelops("import", "mlflow", "--connection", "registry", "--kind", "rules", *OWNER)
        assert told.code == 0, told.err
        typed = modelops("import", "mlflow", there.url.replace("//", "//u:s3cr3t@"), "--kind", "rules", *OWNER)
    assert typed.code == 2 and "s3cr3t" not in typed.err + typed.out
    assert "s3cr3t" not in told.out + "".join(files(project).values())


@pytest.mark.alone
def test_three_hundred_models_in_one_go(modelops: Call, project: Path) -> None:
    with registry([registered(f"model {number}", alias=("champion", 1) if number % 2 else None) for number in range(300)]) as there:
        before = time.process_time()
        told = modelops("import", "mlflow", there.url, "--kind", "rules", *OWNER)
        spent = time.process_time() - before
    assert told.code == 0 and "300 written" in told.out
    assert spent < 30, f"{spent:.1f} s of CPU"
    assert len(files(project)) == 300
    assert sum("legacy:" in text for text in files(project).values()) == 150
    assert modelops("validate").code == 0


def test_json_has_every_model_with_what_is_missing(modelops: Call, project: Path) -> None:
    with registry([registered("pricing", alias=("champion", 2)), registered("idle")]) as there:
        told = json.loads(modelops("import", "mlflow", there.url, "--kind", "rules", "--dry-run", "--json").out)
    by_id = {one["id"]: one for one in told["models"]}
    assert told["dry_run"] and by_id["pricing"]["in_use"] and not by_id["idle"]["in_use"]
    assert "legacy.digest" in by_id["pricing"]["still_to_be_said"] and by_id["idle"]["digest"] is None


def test_what_is_not_said_to_be_in_use_is_so_by_the_callers_word_alone(modelops: Call, project: Path) -> None:
    with registry([registered("idle")]) as there:
        modelops("import", "mlflow", there.url, "--kind", "rules", *OWNER, "--out", project / "one")
        modelops("import", "mlflow", there.url, "--kind", "rules", *OWNER, "--out", project / "two", "--in-use")
    one, two = ((project / folder / "idle.yaml").read_text() for folder in ("one", "two"))
    assert "legacy:" not in one and "whether it is in use" in one
    assert "legacy:" in two
