"""The commands and the file of docs/how-to/bring-what-is-in-production.md work as written."""

from __future__ import annotations

import json
import math
import random
import re
import shlex
from pathlib import Path

import pytest

from modelops_airflow.cli import main
from modelops_airflow.digest import digest_bytes
from modelops_airflow.onboarding.mlflow import IN_USE
from modelops_airflow.spec.read import parse_model
from modelops_airflow.spec.types import Legacy

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/bring-what-is-in-production.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = [line for kind, block in BLOCKS if not kind for line in block.splitlines()]
(FILE,) = (block for kind, block in BLOCKS if kind == "yaml")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project as `modelops init` makes it, a folder where somebody runs a model, and what that answered."""
    monkeypatch.setattr("sys.argv", ["modelops", "init", str(tmp_path / "bank")])
    called()
    root = tmp_path / "bank"
    for part in ("live", "artifacts"):
        (root / "place" / part).mkdir(parents=True)
    digest = digest_bytes(b"pricing")
    (root / "place/artifacts" / digest.removeprefix("sha256:")).write_bytes(b"pricing")
    (root / "place/live/pricing.json").write_text(json.dumps({"artifact": digest, "epoch": 1, "version": "2.0"}))
    (root / "logs/pricing").mkdir(parents=True)
    for name in ("then", "now"):
        dice, rows = random.Random(name), ["amount,outcome,said,chance"]
        for _ in range(400):
            amount = dice.gauss(5, 1)
            chance = 1 / (1 + math.exp(-3 * (amount - 5)))
            rows.append(f"{amount:.3f},{int(dice.random() < chance)},{int(chance > 0.5)},{chance:.3f}")
        (root / f"logs/pricing/{name}.csv").write_text("\n".join(rows) + "\n")
    monkeypatch.chdir(root)
    return root


def called() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def test_the_commands_work_in_their_order(project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(COMMANDS) == 5
    for line in COMMANDS:
        if line.startswith("modelops waive"):
            continue  # to a server; tests/ui/test_legacy_models.py shows what it answers
        if line.startswith("modelops run"):
            (project / "dags/models/pricing.yaml").write_text(FILE, encoding="utf-8")
        monkeypatch.setattr("sys.argv", shlex.split(line))
        assert called() == 0, (line, capsys.readouterr())


def test_the_waive_command_has_the_options_that_the_page_names() -> None:
    import typer

    from modelops_airflow.cli.app import app

    waive = typer.main.get_command(app).commands["waive"]  # type: ignore[attr-defined]
    assert {"terms", "reason", "revoke"} <= {one.name for one in waive.params}


def test_every_key_and_every_alias_is_told() -> None:
    spec = parse_model(FILE, "pricing.yaml").spec
    assert spec.legacy is not None and spec.legacy.waiver is not None
    table = PAGE[PAGE.index("| key of `legacy` | is |"): PAGE.index("The file is the declaration")]
    assert set(re.findall(r"^\| `([a-z]+)`", table, re.MULTILINE)) == set(Legacy.model_fields)
    assert all(f"`{alias}`" in PAGE for alias in IN_USE)
