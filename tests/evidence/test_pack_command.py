"""modelops pack and modelops verify, as a user calls them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_pack import Made, resealed

from modelops_airflow.evidence.pack import VERIFIER

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def modelops(made: Made, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Call:
    """Calls `modelops` on the bank's register, with its keys."""
    from modelops_airflow.cli import main

    keys = made.bank.root.parent
    told = {"ROOT": str(made.bank.root), "DATABASE_URL": made.bank.url, "EVIDENCE": made.bank.store.url,
            "CHECKPOINT_KEY": str(keys / "house.pem"), "APPROVAL_PUBLIC_KEY": str(keys / "approval.pub.pem")}
    for name, value in told.items():
        monkeypatch.setenv(f"AIRFLOW__MODELOPS__{name}", value)
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["modelops", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_a_pack_is_made_and_verifies(modelops: Call, made: Made, tmp_path: Path) -> None:
    assert modelops("pack", "pricing")[0] == 0
    code, out, _ = modelops("verify", "pricing-1.0.0.zip", "--trust", made.trusted)
    assert (code, out.splitlines()[0]) == (0, f"verified; signed by the trusted key {made.trusted}")


def test_the_last_pack_is_taken_as_it_is(modelops: Call, made: Made, tmp_path: Path) -> None:
    told = json.loads(modelops("pack", "pricing", "--version", "1.0.0", "--out", "a.zip", "--json")[1])
    assert modelops("pack", "pricing", "--last", "--out", "b.zip")[0] == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes() == made.bank.store.get(told["digest"])


def test_a_forged_pack_is_refused_in_words_and_in_json(modelops: Call, made: Made, tmp_path: Path) -> None:
    (tmp_path / "forged.zip").write_bytes(resealed(made.members, Ed25519PrivateKey.generate()))
    code, out, _ = modelops("verify", "forged.zip", "--trust", made.trusted, "--json")
    assert code == 1
    assert json.loads(out)["problems"]
    assert modelops("verify", "forged.zip")[:2][0] == 1, "the key of the signature is not in the keyring"


def test_what_is_not_there_is_one_line(modelops: Call) -> None:
    assert modelops("pack", "unknown")[0] == 2
    assert modelops("pack", "pricing", "--version", "9")[0] == 2
    assert modelops("pack")[0] == 2
    assert modelops("verify", "missing.zip")[0] == 2


def test_the_verifier_of_the_release_is_written(modelops: Call, tmp_path: Path) -> None:
    assert modelops("pack", "--verifier", "v.py")[0] == 0
    assert (tmp_path / "v.py").read_bytes() == VERIFIER.read_bytes()
