"""What documents tell, what they show as gaps, and that nobody's text becomes markup."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from test_citations import DAY, uncited

from modelops_airflow.documents import DOCUMENTS, Sources
from modelops_airflow.documents.html import html
from modelops_airflow.documents.markdown import markdown
from modelops_airflow.documents.parts import Gap, Table
from modelops_airflow.evidence.verify import unzipped, zipped
from modelops_airflow.measurement import Metric

EVIL = "<script>alert('x')</script> [go](javascript:x) | `x` ![p](http://e.example/p.png)"


def gaps(sources: Sources, kind: str, on: date = DAY) -> list[str]:
    """The gaps of a document, wherever they stand, in words."""
    found = []
    for part in DOCUMENTS[kind](sources, on).parts:
        cells = [cell for row in part.rows for cell in row] if isinstance(part, Table) else [part]
        found += ["".join(one.text if hasattr(one, "text") else one.exact for one in cell.line) for cell in cells if isinstance(cell, Gap)]
    return found


def test_the_summary_has_the_categories_rates_and_ratios_of_the_statement(sources: Sources) -> None:
    text = markdown(DOCUMENTS["ll144-summary"](sources, DAY)).replace("\\", "")

    for heading in ("## Sex", "## Race or ethnicity", "## Intersections of sex and race or ethnicity"):
        assert heading in text
    assert "[0.41](" in text and "[0.4118](" in text and " = 0.41176470588235" in text
    assert "[17](" in text and "[23](" in text, "people of unknown category"


def test_what_the_pack_has_no_evidence_of_is_a_gap_in_its_place(house: Callable[[], Any]) -> None:
    one = house()
    told = Sources.of(one.pack(one.released([Metric("impact_ratio", 0.92, {"sex": "female"}, n=500), Metric("impact_ratio", None, {"sex": "male"}, reason="nobody is selected", judged=False)])))

    assert gaps(told, "ll144-summary").count("no evidence: the pack has no rates for these categories") == 2
    assert "nobody is selected" in gaps(told, "validation-report")
    assert "no data set is on record for this run" in gaps(told, "model-card")
    assert uncited(markdown(DOCUMENTS["ll144-summary"](told, DAY))) == []


def test_what_is_too_old_on_the_day_is_a_gap(sources: Sources) -> None:
    later = date(2099, 1, 1)

    assert any(one.startswith("stale: measured at") for one in gaps(sources, "ll144-summary", later))
    assert any(one.startswith("expired at") for one in gaps(sources, "model-card", later))
    today = date.fromisoformat(sources.manifest["created_at"][:10])
    assert not any(one.startswith(("stale", "expired")) for kind in ("ll144-summary", "model-card") for one in gaps(sources, kind, today)), "the control"


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_nobodys_text_becomes_markup(house: Callable[[], Any], kind: str) -> None:
    one = house()
    told = Sources.of(one.pack(one.released([Metric("impact_ratio", 0.92, {EVIL: EVIL}, n=500)], name=EVIL, purpose=EVIL)))
    document = DOCUMENTS[kind](told, DAY)
    page, text = html(document), markdown(document)

    assert "<script" not in page and "<img" not in page and "&lt;script&gt;" in page
    assert not re.search(r"(?<!\\)<(?!a id=|/a>)", text) and "](javascript" not in text and "](http" not in text


def test_every_gap_of_the_pack_is_in_every_document(sources: Sources) -> None:
    for kind in DOCUMENTS:
        said = gaps(sources, kind)
        assert [one for one in sources.manifest["gaps"] if f"{one['control']}: {one['why']}" not in said] == []


@pytest.fixture
def modelops(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, data: bytes, migrated: Path) -> Callable[..., tuple[int, str, str]]:
    from modelops_airflow.cli import main

    (tmp_path / "register.db").write_bytes(migrated.read_bytes())
    monkeypatch.setenv("AIRFLOW__MODELOPS__DATABASE_URL", f"sqlite:///{tmp_path / 'register.db'}")
    monkeypatch.setenv("AIRFLOW__MODELOPS__EVIDENCE", str(tmp_path / "evidence"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pack.zip").write_bytes(data)

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["modelops", *arguments])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


def test_the_how_to_works_as_written(modelops: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/write-documents.md").read_text(encoding="utf-8")
    lines = [line.partition("  #")[0].split() for line in page.splitlines() if line.startswith("modelops document") and not line.split("  #")[0].strip().endswith(".pdf")]

    assert len(lines) >= 3
    for words in lines:
        assert modelops(*words[1:])[0] == 0, words
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "board.html").read_text().startswith("<!doctype html>") and "the register has no model" in (tmp_path / "board.md").read_text()
    kept = [path for path in (tmp_path / "evidence").rglob("*") if path.is_file() and path.read_bytes() == (tmp_path / "fleet.json").read_bytes()]
    assert len(kept) == 1, "the facts are in the evidence store, too"


def test_what_belongs_to_the_board_report_alone_is_refused_elsewhere(modelops: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    assert modelops("document", "model-card", "pack.zip", "--since", "2026-01-01")[0] == 2
    assert modelops("document", "board-report", "--since", "yesterday")[0] == 2
    assert modelops("document", "board-report", "pack.zip")[0] == 2
    assert modelops("document", "board-report", "--facts", "fleet.json", "--out", "board.md")[0] == 0
    code, _, err = modelops("document", "board-report", "fleet.json", "--since", "2026-01-01")
    assert code == 2 and "leave --since out" in err
    (tmp_path / "fleet.json").write_text((tmp_path / "fleet.json").read_text().replace('"models":0', '"models":3'))
    assert "counts of these facts are not what their rows come to" in modelops("document", "board-report", "fleet.json")[2]


def test_a_pack_that_does_not_verify_has_no_document(modelops: Callable[..., tuple[int, str, str]], tmp_path: Path, data: bytes) -> None:
    members = unzipped(data)
    manifest = json.loads(members["manifest.json"])
    manifest["run"]["verdict"] = "better"
    members["manifest.json"] = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
    (tmp_path / "forged.zip").write_bytes(zipped(members))

    code, _, err = modelops("document", "model-card", "forged.zip", "--out", "card.md")
    assert code == 2 and "does not verify" in err and not (tmp_path / "card.md").exists()
    assert modelops("document", "model-card", "pack.zip", "--trust", "sha256:" + "0" * 64)[0] == 2
    assert modelops("document", "poem", "pack.zip")[0] == 2


@pytest.mark.alone
def test_a_pdf_is_printed_where_there_is_a_chromium(modelops: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        if os.environ.get("CI"):
            pytest.fail("CI must print a document, and this machine has no chromium")
        pytest.skip("chromium is not installed")
    assert modelops("document", "model-card", "pack.zip", "--out", "card.pdf")[0] == 0
    assert (tmp_path / "card.pdf").read_bytes().startswith(b"%PDF-")


def test_without_a_chromium_a_pdf_is_refused_in_plain_words(modelops: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    code, _, err = modelops("document", "model-card", "pack.zip", "--out", "card.pdf")
    assert code == 2 and "printed by Chromium" in err
