"""modelops ledger: checkpoints are stamped, and the stamps that are found are verified or said to be unchecked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_ledger_command import damage, register

from modelops_airflow.inventory.register import Register
from modelops_airflow.ledger import append
from time_authority import Authority, Issuer, authority, issuers

__all__ = ["authority", "issuers", "register"]
Call = Callable[..., Any]
NOTHING = {"held": 0, "size": 0, "at": "", "by": "", "unchecked": 0, "why": ""}


@pytest.fixture
def stamped(register: Register, authority: Authority, modelops: Call, monkeypatch: pytest.MonkeyPatch) -> Register:
    """The register with one stamped checkpoint over five events."""
    monkeypatch.setenv("AIRFLOW__MODELOPS__TIMESTAMP_AUTHORITY", authority.url)
    monkeypatch.setenv("AIRFLOW__MODELOPS__TIMESTAMP_CERTIFICATES", str(authority.issuer.root))
    told = modelops("ledger", "checkpoint")
    assert told.code == 0 and "checkpoint over 5 events, kept in 1 anchors; time-stamped 2" in told.out
    assert told.out.endswith("Z by CN=tsa of the trusted,O=Test\n")
    return register


def stamps(modelops: Call, *arguments: object) -> Any:
    """What verifying says of stamps, for programs."""
    return json.loads(modelops("ledger", "verify", "--json", *arguments).out)["stamps"]


def test_verifying_shows_the_time_of_the_last_stamp(stamped: Register, modelops: Call) -> None:
    told = modelops("ledger", "verify")
    assert told.code == 0
    assert "time stamps of 1 checkpoints hold; the last says that 5 events were there at 2" in told.out
    assert "by the clock of CN=tsa of the trusted,O=Test" in told.out
    with stamped.write() as session:
        append(session, "told", {})
    modelops("ledger", "checkpoint")
    assert (stamps(modelops)["held"], stamps(modelops)["size"]) == (2, 6)


def test_a_stamp_is_no_anchor(stamped: Register, modelops: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__MODELOPS__ANCHORS", "")
    told = modelops("ledger", "verify")
    assert "self-attested" in told.out and "time stamps of 1 checkpoints hold" in told.out
    assert json.loads(modelops("ledger", "verify", "--json").out)["anchored"] is False


def test_an_auditor_names_the_certificates(stamped: Register, modelops: Call, issuers: tuple[Issuer, Issuer], tmp_path: Path) -> None:
    assert stamps(modelops, "--timestamp-certificates", issuers[0].root)["held"] == 1
    told = modelops("ledger", "verify", "--timestamp-certificates", issuers[1].root)
    assert told.code == 1
    assert f"the time stamp beside {tmp_path}/kept/checkpoint-000000000005.note: the time stamp does not hold" in told.out


def test_what_cannot_be_checked_is_said_to_be_unchecked(stamped: Register, modelops: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "rfc3161_client", None)
        told = modelops("ledger", "verify")
        assert told.code == 0 and "hold" not in told.out
        assert "1 time stamps were found and not checked: time stamps need the package rfc3161-client: pip install 'modelops-airflow[timestamps]'" in told.out
    monkeypatch.delenv("AIRFLOW__MODELOPS__TIMESTAMP_CERTIFICATES")
    told = modelops("ledger", "verify")
    assert told.code == 0 and "1 time stamps were found and not checked: nobody says which time-stamping authorities are trusted" in told.out


def test_without_stamps_nothing_is_said_of_them(register: Register, modelops: Call) -> None:
    modelops("ledger", "checkpoint")
    assert "time stamp" not in modelops("ledger", "verify").out
    assert stamps(modelops) == NOTHING


def test_a_forged_token_in_an_anchor_is_a_problem_and_one_in_a_row_counts_for_nothing(
    stamped: Register, modelops: Call, issuers: tuple[Issuer, Issuer], tmp_path: Path
) -> None:
    note = (tmp_path / "kept" / "checkpoint-000000000005.note").read_bytes()
    forged = issuers[1].stamp(note)
    damage(stamped, f"UPDATE modelops_checkpoint SET stamp = X'{forged.hex()}'")
    told = modelops("ledger", "verify")
    assert told.code == 0 and "time stamps of 1 checkpoints hold" in told.out
    assert "passed over: the time stamp beside checkpoint 1 of the register: the time stamp does not hold" in told.out
    token = tmp_path / "kept" / "checkpoint-000000000005.tsr"
    token.unlink()
    token.write_bytes(forged)
    told = modelops("ledger", "verify")
    assert told.code == 1 and "kept/checkpoint-000000000005.note: the time stamp does not hold" in told.out
    token.write_bytes(bytes(1 << 20))
    assert "it has more than 64 KiB" in modelops("ledger", "verify").out


def test_a_stamped_checkpoint_shows_that_events_were_taken_off_though_no_anchor_has_it(
    stamped: Register, modelops: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__MODELOPS__ANCHORS", "")
    damage(stamped, "DELETE FROM modelops_event WHERE idx > 2")
    told = modelops("ledger", "verify")
    assert told.code == 1 and "checkpoint 1 of the register, time-stamped 2" in told.out
    assert "the ledger does not begin with its 5 events" in told.out
    damage(stamped, "DROP TRIGGER modelops_checkpoint_kept", "DELETE FROM modelops_checkpoint")
    assert modelops("ledger", "verify").code == 0, "who drops the row drops the stamp: it is no anchor"
