"""Packs of releases through a canary, and of what was pulled back, say what the ledger says, and verify."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from test_replayed_decisions import SOURCE, house, named, packed, said_by

from bank import Bank
from canaries import THROUGH, WATCHED, approved, bakes, hold, later, with_canary

__all__ = ["house"]


def states(data: bytes) -> list[tuple[str, str, str]]:
    """Environment, cause and state of the deployments in a pack."""
    with zipfile.ZipFile(BytesIO(data)) as pack:
        return [(one["environment"], one["cause"], one["state"]) for one in json.loads(pack.read("deployments.json"))]


def test_a_release_through_a_canary(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = approved(with_canary(bank), "1.0.0", **THROUGH)
    bakes(bank, release)
    baking = packed(bank, release, tmp_path)
    later(monkeypatch, 31)
    bank.deploy(release)
    data = packed(bank, release, tmp_path)

    assert (said_by(SOURCE, baking, [named(house)]), states(baking)) == ([], [("canary", "canary", "live")])
    assert (said_by(SOURCE, data, [named(house)]), states(data)) == ([], [("canary", "canary", "withdrawn"), ("production", "release", "live")])


def test_what_was_pulled_back_and_what_came_back(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path) -> None:
    old = with_canary(bank).live("1.0.0")
    bad = approved(bank, "1.1.0", **WATCHED)
    bank.deploy(bad)
    hold(bank, "live")
    bank.converge()
    before, after = packed(bank, bad, tmp_path), packed(bank, old, tmp_path)

    assert (said_by(SOURCE, before, [named(house)]), states(before)) == ([], [("production", "release", "withdrawn")])
    assert (said_by(SOURCE, after, [named(house)]), states(after)) == (
        [], [("production", "release", "superseded"), ("production", "rollback", "live")])


def test_a_pack_that_hides_the_end_of_its_canary_does_not_verify(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: by the ledger alone, without the event, the canary would be live still."""
    release = approved(with_canary(bank), "1.0.0", **THROUGH)
    bakes(bank, release)
    later(monkeypatch, 31)
    bank.deploy(release)
    assert '"canary-ended"' in SOURCE
    told = said_by(SOURCE.replace('"canary-ended", ', ""), packed(bank, release, tmp_path), [named(house)])
    assert told == ["by the ledger canary is not withdrawn"]
