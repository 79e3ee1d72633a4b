"""A kind whose library is not installed says what to install."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from artifacts import GOOD, clean

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import open_model, scan, verify

OPTIONS: dict[str, dict[str, Any]] = {"bayes-net": {"target": "fraud"}, "graph": {}}


@pytest.mark.parametrize(("kind", "library"), [("graph", "networkx"), ("bayes-net", "pyagrum")])
def test_what_to_install_is_told_when_the_model_is_opened(kind: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = GOOD[kind].read_bytes()
    monkeypatch.setitem(sys.modules, library, None)
    report = scan(kind, data, file=GOOD[kind].name)
    assert clean(report), "the scan needs no library"
    with pytest.raises(ArtifactError, match=rf"pip install 'modelops-airflow\[{kind}\]'"):
        open_model(verify(kind, data, digest_bytes(data), report), OPTIONS[kind])


@pytest.mark.parametrize("library", ["openpyxl", "formulas"])
def test_a_workbook_is_not_even_scanned_without_its_libraries(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    report = scan("excel", GOOD["excel"].read_bytes(), file="model.xlsx")
    assert report.status.value == "error" and "pip install 'modelops-airflow[excel]'" in report.notes[0]
