"""Commands over the register: db, apply, inventory, ledger, doctor, pack."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]


def test_an_unmigrated_register_says_what_to_run(modelops: Call, project: Path) -> None:
    for command in (("inventory", "list"), ("apply",), ("ledger", "verify"), ("db", "export")):
        answer = modelops(*command)
        assert (answer.code, "modelops db migrate" in answer.err) == (2, True), command


@pytest.mark.parametrize("command", [("doctor",), ("inventory", "list"), ("inventory", "show", "first"), ("inventory", "reconcile"),
                                     ("apply",), ("ledger", "verify"), ("db", "export"), ("db", "export", "--out", "rows.jsonl")])
def test_looking_for_a_register_makes_none(modelops: Call, project: Path, command: tuple[str, ...]) -> None:
    before = sorted(project.rglob("*"))

    answer = modelops(*command, "--json") if command == ("doctor",) else modelops(*command)

    assert answer.code in (1, 2)
    assert sorted(project.rglob("*")) == before
    told = answer.out + answer.err
    assert "there is no register at" in told
    assert "AIRFLOW__MODELOPS__DATABASE_URL" in told
    assert ".demo" not in told


def test_the_demos_records_are_named_where_there_are_some(modelops: Call, project: Path) -> None:
    (project / ".demo").mkdir()
    for name in ("airflow.db", "env.sh"):
        (project / ".demo" / name).touch()

    assert f"or use that of the demo: source {project / '.demo' / 'env.sh'}" in modelops("inventory", "list").err
    found = {one["what"]: one for one in json.loads(modelops("doctor", "--json").out)}
    assert found["register"]["next_step"] == f"run: source {project / '.demo' / 'env.sh'}"


def test_a_long_address_is_folded_and_never_cut(modelops: Call, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__MODELOPS__DATABASE_URL", f"sqlite:///{project}/{'a' * 200}.db")

    told = modelops("doctor").out

    assert "\u2026" not in told
    assert "a" * 200 in re.sub(r"[^a]", "", told)


def test_apply_fills_the_inventory_and_the_ledger(modelops: Call, project: Path) -> None:
    assert modelops("db", "migrate").code == 0

    told = json.loads(modelops("apply", "--by", "ci", "--json").out)

    assert told == {"governance": "pending", "models": 1, "changed": ["first"], "broken": []}
    assert [one["id"] for one in json.loads(modelops("inventory", "list", "--json").out)] == ["first"]
    assert "First model" in modelops("inventory", "show", "first").out
    assert "did you mean 'first'" in modelops("inventory", "show", "frist").err
    assert modelops("inventory", "reconcile").code == 0
    ledger = json.loads(modelops("ledger", "verify", "--json").out)
    assert ledger["problems"] == []
    assert ledger["events"] >= 2
    assert modelops("ledger", "verify").code == 0


def test_a_broken_file_becomes_a_red_row_and_exit_2(modelops: Call, project: Path) -> None:
    modelops("db", "migrate")
    modelops("apply")
    path = project / "dags" / "models" / "first.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("tier: 3", "tier: 9"), encoding="utf-8")

    answer = modelops("apply")

    assert (answer.code, "broken: first" in answer.out) == (2, True)
    assert json.loads(modelops("inventory", "list", "--json").out)[0]["problems"][0]["code"] == "SPEC012"


def test_a_changed_governance_is_pending(modelops: Call, project: Path) -> None:
    modelops("db", "migrate")
    modelops("apply")
    path = project / "dags" / "governance.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("held_by: [risk-1]", "held_by: [validator-1]"), encoding="utf-8")

    assert json.loads(modelops("apply", "--json").out)["governance"] == "pending"


def test_export_writes_every_row(modelops: Call, project: Path, tmp_path: Path) -> None:
    modelops("db", "migrate")
    modelops("apply")
    out = tmp_path / "register.jsonl"

    assert modelops("db", "export", "--out", out).code == 0

    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {"modelops_model", "modelops_event", "modelops_governance", "modelops_document"} <= {row["table"] for row in rows}


def test_doctor_is_content_only_with_a_migrated_register(modelops: Call, project: Path) -> None:
    assert modelops("doctor").code == 1
    modelops("db", "migrate")

    answer = modelops("doctor", "--json")

    assert answer.code == 0
    assert {one["what"]: one["state"] for one in json.loads(answer.out)}["assurance level"] == "warned"


def test_a_pack_that_is_none_is_refused(modelops: Call, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr("a", "b")

    answer = modelops("verify", tmp_path / "pack.zip")

    assert (answer.code, "NOT VERIFIED" in answer.out) == (1, True)
    assert modelops("verify", tmp_path / "missing.zip").code == 2


def test_debug_shows_the_traceback(modelops: Call, project: Path) -> None:
    from modelops_airflow.errors import RegisterError

    with pytest.raises(RegisterError):
        modelops("ledger", "verify", "--debug")
