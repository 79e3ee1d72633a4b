"""What is asked of a model goes on record when its file is applied: once, and again when the packs or the governance are others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from bank import Bank
from modelops_airflow.governance.define import define
from modelops_airflow.governance.documents import fetch
from modelops_airflow.history.fleet import fleet
from modelops_airflow.ledger import EventRow
from modelops_airflow.policy.library import packs
from modelops_airflow.spec.project import Project
from modelops_airflow.steps import asked_of
from modelops_airflow.steps.definitions import definitions_of

ROOT = Path(__file__).parents[2]


def apply(bank: Bank, project: Project) -> list[str]:
    return define(bank.register, definitions_of(bank.register, project, ""), "sync")


def asks(bank: Bank, model: str = "pricing-rules") -> list[dict[str, Any]]:
    with bank.register.read() as session:
        rows = session.scalars(select(EventRow).where(EventRow.kind == "defined", EventRow.model_id == model).order_by(EventRow.index)).all()
        return [json.loads(row.body)["facts"].get("asks") for row in rows]


@pytest.fixture
def project(bank: Bank) -> Project:
    """A model of the examples, with a pack that extends none and one whose controls are of another."""
    folder = bank.root / "dags" / "models"
    folder.mkdir(parents=True)
    text = (ROOT / "dags/models/pricing-rules.yaml").read_text(encoding="utf-8")
    shutil.copytree(ROOT / "examples/pricing", bank.root / "examples/pricing")
    text = text.replace("credit-owner", "olaf").replace("credit-dev", "dana").replace("examples/pricing/model", "models/model")
    shutil.copy(ROOT / "examples/pricing/model-1.4.0.yaml", bank.root / "models")
    (folder / "pricing-rules.yaml").write_text(f"{text}\npolicies: [house, four-fifths]\n" if "\npolicies:" not in text else text, encoding="utf-8")
    return Project(bank.root)


def test_packs_and_life_cycles_go_on_record_once(bank: Bank, project: Project) -> None:
    assert apply(bank, project) == ["pricing-rules"]
    assert apply(bank, project) == []
    [told] = asks(bank)
    assert set(told["packs"]) >= {"house"} and told["lifecycles"]["release"] == "release" and told["lifecycles"]["monitor"] is None
    with bank.register.read() as session:
        assert {name: fetch(session, digest)["pack"] for name, digest in told["packs"].items()} == {name: name for name in told["packs"]}
        assert fetch(session, told["governance"])["roles"]


def test_another_release_of_a_pack_is_another_line_and_the_one_before_stays(bank: Bank, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(bank, project)
    changed = packs()["house"]
    newer = type(changed)(changed.file, changed.text, changed.spec.model_copy(update={"version": changed.spec.version + 1}), changed.document)
    monkeypatch.setattr(asked_of, "library_of", lambda governance: SimpleNamespace(packs={**packs(), "house": newer}))
    assert apply(bank, project) == ["pricing-rules"]
    before, after = asks(bank)
    assert before["packs"]["house"] != after["packs"]["house"]
    with bank.register.read() as session:
        assert [fetch(session, one["packs"]["house"])["version"] for one in (before, after)] == [changed.spec.version, changed.spec.version + 1]


def test_a_broken_file_asks_nothing_new_and_is_not_known_until_it_is_mended(bank: Bank, project: Project) -> None:
    apply(bank, project)
    [path] = project.models()
    good = path.read_text(encoding="utf-8")
    path.write_text("modelops: [", encoding="utf-8")
    apply(bank, project)
    assert asks(bank)[1:] == [None]
    assert "was broken" in trouble(bank)
    path.write_text(good, encoding="utf-8")
    apply(bank, project)
    assert trouble(bank) == ""
    path.unlink()
    apply(bank, project)
    assert "its file was gone" in trouble(bank)


def trouble(bank: Bank) -> str:
    from datetime import UTC, datetime

    with bank.register.read() as session:
        return fleet(session, bank.store, ["pricing-rules"], datetime.now(UTC))[0].trouble
