"""modelops ledger: verified against what is kept elsewhere, exported once, keys never written over."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from modelops_airflow.cli.local_keys import for_api_server, make_keys
from modelops_airflow.inventory.register import Register
from modelops_airflow.ledger import append, verify
from modelops_airflow.ledger.tree import leaf_hash
from modelops_airflow.signing.ed25519 import load_private, load_public, raw_public

Call = Callable[..., Any]


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, modelops: Call) -> Register:
    """A register with five events, a key and a file anchor."""
    (tmp_path / "dags").mkdir()
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "ROOT": tmp_path,
        "DATABASE_URL": f"sqlite:///{tmp_path}/register.db",
        "CHECKPOINT_KEY": tmp_path / "house.pem",
        "ANCHORS": f"file://{tmp_path}/kept",
    }.items():
        monkeypatch.setenv(f"AIRFLOW__MODELOPS__{name}", str(value))
    register = Register(f"sqlite:///{tmp_path}/register.db")
    register.migrate()
    with register.write() as session:
        for number in range(5):
            append(session, "told", {"number": number})
    assert modelops("ledger", "key", "generate", "house.pem").code == 0
    return register


def damage(register: Register, *statements: str) -> None:
    """What the owner of the database can do."""
    with register.engine.execution_options(modelops_write=True).begin() as connection:
        for name in ("update", "delete", "replace"):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS modelops_event_no_{name}")
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_verifying_says_anchored_by_what_and_up_to_where(register: Register, modelops: Call) -> None:
    assert "self-attested" in modelops("ledger", "verify").out
    assert modelops("ledger", "checkpoint").out == "checkpoint over 5 events, kept in 1 anchors\n"
    told = modelops("ledger", "verify")
    assert told.code == 0
    assert "same-host file; can be rewritten by whoever may write on this machine" in told.out
    assert "longest time without an anchor" in told.out and "self-attested" not in told.out
    with register.write() as session:
        append(session, "told", {})
    assert "events 5 to 5 are self-attested" in modelops("ledger", "verify").out
    found = json.loads(modelops("ledger", "verify", "--json", "--key", "house.pem.pub").out)
    assert (found["events"], found["pinned"], found["anchored"], found["problems"]) == (6, 5, True, [])


def test_events_taken_off_are_found_only_with_the_anchor(register: Register, modelops: Call) -> None:
    modelops("ledger", "checkpoint")
    damage(register, "DELETE FROM modelops_event WHERE idx > 2")
    told = modelops("ledger", "verify")
    assert told.code == 1 and "events 3 to 4 were taken off" in told.out
    with register.read() as session:
        assert verify(session) == []  # the negative control
    assert modelops("ledger", "checkpoint").code == 2


def test_a_forged_note_in_the_anchor_is_found(register: Register, modelops: Call, tmp_path: Path) -> None:
    modelops("ledger", "checkpoint")
    note = next((tmp_path / "kept").iterdir())
    text = note.read_text().replace("\n5\n", "\n4\n")
    note.chmod(0o600)
    note.write_text(text)
    told = modelops("ledger", "verify")
    assert told.code == 1 and "does not hold" in told.out
    assert modelops("ledger", "key", "generate", "other.pem").code == 0
    told = modelops("ledger", "verify", "--key", "other.pem.pub")
    assert told.code == 1 and "no signature" in told.out


def test_garbage_in_an_anchor_is_one_located_problem_and_the_rest_is_still_verified(register: Register, modelops: Call, tmp_path: Path) -> None:
    modelops("ledger", "checkpoint")
    (tmp_path / "kept" / "checkpoint-002000000000.note").write_text("nothing")
    told = modelops("ledger", "verify")
    assert told.code == 1
    assert f"{tmp_path}/kept/checkpoint-002000000000.note: this is no signed note" in told.out
    assert "5 events, each as it was appended" in told.out and "5 events in 1 checkpoints" in told.out
    with register.write() as session:
        append(session, "told", {})
    assert modelops("ledger", "checkpoint").out == "checkpoint over 6 events, kept in 1 anchors\n"
    damage(register, "DELETE FROM modelops_event WHERE idx > 4")
    assert "events 5 to 5 were taken off" in modelops("ledger", "verify").out


def test_a_row_of_checkpoints_that_nobody_signed_is_told_and_breaks_nothing(register: Register, modelops: Call, tmp_path: Path) -> None:
    modelops("ledger", "checkpoint")
    damage(register, "INSERT INTO modelops_checkpoint (size, root, note, anchors, at) VALUES (2000000000, '', 'nothing', '[]', '2026-11-25')")
    told = modelops("ledger", "verify")
    assert told.code == 0
    assert "passed over: checkpoint 2 of the register, said to be over 2000000000 events, counts for nothing" in told.out
    assert json.loads(modelops("ledger", "verify", "--json").out)["pinned"] == 5
    assert modelops("ledger", "export", "ledger.jsonl").code == 0
    assert "\n5\n" in json.loads((tmp_path / "ledger.jsonl").read_text().splitlines()[-1])["checkpoint"]


def test_an_edit_is_located(register: Register, modelops: Call) -> None:
    damage(register, "UPDATE modelops_event SET kind = 'x' WHERE idx = 2")
    told = modelops("ledger", "verify")
    assert told.code == 1 and told.out == "event 2: its columns say something else than its body\n"


def test_an_export_holds_every_event_and_is_never_written_over(register: Register, modelops: Call, tmp_path: Path) -> None:
    modelops("ledger", "checkpoint", "--if-grown")
    assert modelops("ledger", "export", "ledger.jsonl").out == "5 events in ledger.jsonl\n"
    lines = [json.loads(line) for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    assert all(leaf_hash(one["body"].encode()).hex() == one["leaf"] for one in lines[:5])
    assert lines[5]["events"] == 5 and "\n5\n" in lines[5]["checkpoint"]
    before = (tmp_path / "ledger.jsonl").read_bytes()
    again = modelops("ledger", "export", "ledger.jsonl")
    assert again.code == 2 and "never written over" in again.err
    assert (tmp_path / "ledger.jsonl").read_bytes() == before
    assert not list(tmp_path.glob(".partial-*"))


def test_a_key_is_private_and_never_written_over(register: Register, modelops: Call, tmp_path: Path) -> None:
    assert (tmp_path / "house.pem").stat().st_mode & 0o777 == 0o600
    assert raw_public(load_private(tmp_path / "house.pem")) == load_public(tmp_path / "house.pem.pub")
    again = modelops("ledger", "key", "generate", "house.pem")
    assert again.code == 2 and "never written over" in again.err


def test_keys_of_a_local_airflow_are_made_once(tmp_path: Path) -> None:
    make_keys(tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    make_keys(tmp_path)
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    assert set(before) == {f"{name}{half}" for name in ("checkpoint", "approval", "deployment") for half in (".pem", ".pub.pem")}
    approval = Path(for_api_server(tmp_path)["AIRFLOW__MODELOPS__APPROVAL_KEY"])
    assert approval.stat().st_mode & 0o777 == 0o600
    assert raw_public(load_private(approval)) == load_public(tmp_path / "keys" / "approval.pub.pem")
