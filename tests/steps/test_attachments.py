"""What a check attaches is kept beside the step's result, where no evidence names it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from modelops_airflow.evidence.statement import read_statement
from modelops_airflow.evidence.store import BlobStore
from modelops_airflow.steps.local import run_local

PROJECT = Path(__file__).parents[2]
STEPS = """
lifecycles:
  release:
    uses: standard-release
    steps:
      describe:
        uses: data-quality
        insert: {after: drift}
        with: {data: baseline, document: data.md}
        require: {constant_columns: {fail: "> 0"}}
      page:
        uses: evidently
        insert: {after: drift}
        with: {metrics: [RowCount], html: true}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The repository's project with two checks that attach something."""
    root = tmp_path / "project"
    for name in ("dags", "examples"):
        shutil.copytree(PROJECT / name, root / name)
    (root / "data.md").write_text("# Data\n## Motivation\nCredit scoring of loans.\n")
    file = root / "dags" / "models" / "credit-risk.yaml"
    file.write_text(file.read_text() + STEPS)
    return root


def test_attachments_are_products_and_of_what_differs_no_statement_has_the_digest(project: Path, tmp_path: Path) -> None:
    first, again = (run_local(project, "credit-risk", folder=tmp_path / state) for state in ("one", "two"))
    store = BlobStore(str(tmp_path / "one" / "evidence"))
    sheet, page = first.results["describe"].products["datasheet.md"], first.results["page"].products["evidently.html"]

    assert b"Credit scoring of loans." in store.get(sheet) and b"<script" in store.get(page)
    assert first.results["page"].products != again.results["page"].products, "the page is another every time"
    for step in ("describe", "page"):
        assert first.results[step].evidence == again.results[step].evidence
    told = json.dumps([read_statement(store, str(first.results[step].evidence)) for step in ("describe", "page")])
    assert page not in told and sheet in told
    assert first.results["drift"].products == {}, "the control: most checks attach nothing"
