"""The time stamps of a pack's checkpoints are in it, and openssl checks them with nothing but the pack."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from test_pack import SCHEMA
from test_replayed_decisions import house, named

from bank import Bank
from modelops_airflow.evidence.verify import unzipped, verify, zipped
from modelops_airflow.settings import Settings, settings_from
from modelops_airflow.steps.checkpoint import make_checkpoint
from modelops_airflow.steps.evidence_pack import pack_of
from time_authority import Authority, authority, issuers

__all__ = ["authority", "house", "issuers"]
HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "verify-a-pack.md"


@pytest.fixture
def settings(bank: Bank, house: Ed25519PrivateKey, tmp_path: Path, authority: Authority) -> Settings:
    """Settings with a key, a file anchor and an authority."""
    return settings_from({"root": str(tmp_path), "checkpoint_key": "house.pem", "anchors": f"file://{tmp_path}/kept",
                          "timestamp_authority": authority.url, "timestamp_certificates": str(authority.issuer.root)})


def stamps(data: bytes) -> list[str]:
    return sorted(name for name in unzipped(data) if name.startswith("timestamps/"))


def test_a_stamped_checkpoint_is_in_the_pack_and_openssl_checks_it(
    bank: Bank, house: Ed25519PrivateKey, settings: Settings, authority: Authority, tmp_path: Path
) -> None:
    release = bank.live("1.0.0")
    make_checkpoint(bank.register, settings)
    data = bank.store.get(pack_of(replace(bank.run(release.key), settings=settings)))
    members = unzipped(data)
    manifest = json.loads(members["manifest.json"])
    size = manifest["log"]["anchored"][0]["tree_size"]
    assert stamps(data) == [f"timestamps/{size}.note", f"timestamps/{size}.tsr"]
    assert members[f"timestamps/{size}.note"].decode() == manifest["log"]["anchored"][0]["checkpoint"]
    told = verify(data, [named(house)])
    assert told["problems"] == [] and any(f"timestamps/{size}.tsr" in gap for gap in told["gaps"])
    jsonschema.validate(manifest, SCHEMA)
    assert [(one["type"], one["media_type"]) for one in manifest["items"] if one["path"].startswith("timestamps/")] == [
        ("checkpoint", "text/plain; charset=utf-8"), ("timestamp", "application/timestamp-reply")]
    (tmp_path / "pack.zip").write_bytes(data)
    (tmp_path / "tsa.pem").write_bytes(authority.issuer.root.read_bytes())
    block = next(one for one in re.findall(r"```\n(.*?)```", HOW_TO.read_text(encoding="utf-8"), re.DOTALL) if "openssl" in one)
    done = subprocess.run(["bash", "-ec", block.replace("1200", str(size)).replace("python ", f"{sys.executable} ")], cwd=tmp_path,
                          capture_output=True, text=True, check=True)
    assert "Verification: OK" in done.stdout + done.stderr and "Time stamp: " in done.stdout and done.stdout.endswith("\nTrue\n")
    bent = {**members, f"timestamps/{size}.tsr": authority.issuer.stamp(b"another")}
    assert verify(zipped(bent))["problems"] == [f"timestamps/{size}.tsr has changed"]


def test_the_last_stamped_checkpoint_is_there_though_a_later_one_has_none(bank: Bank, settings: Settings) -> None:
    release = bank.live("1.0.0")
    make_checkpoint(bank.register, settings)
    bank.pin("2.0.0")
    make_checkpoint(bank.register, replace(settings, timestamp_authority=""))
    data = bank.store.get(pack_of(replace(bank.run(release.key), settings=settings)))
    sizes = [one["tree_size"] for one in json.loads(unzipped(data)["manifest.json"])["log"]["anchored"]]
    assert len(sizes) == 2 and stamps(data) == [f"timestamps/{sizes[0]}.note", f"timestamps/{sizes[0]}.tsr"]
    assert verify(data)["problems"] == []


def test_a_token_that_is_too_large_and_one_of_no_checkpoint_are_not_packed(bank: Bank, settings: Settings) -> None:
    release = bank.live("1.0.0")
    make_checkpoint(bank.register, replace(settings, timestamp_authority=""))
    bank.sql("UPDATE modelops_checkpoint SET stamp = :large", large=bytes((64 << 10) + 1))
    bank.sql("INSERT INTO modelops_checkpoint (size, root, note, anchors, at, stamp) VALUES (1, '', 'nothing', '[]', '2026-11-25 22:00:00', :small)", small=b"x")
    data = bank.store.get(pack_of(replace(bank.run(release.key), settings=settings)))
    assert stamps(data) == []
    assert verify(data)["problems"] == []
