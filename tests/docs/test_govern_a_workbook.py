"""What docs/how-to/govern-a-workbook.md says of the example, the options and refused functions is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modelops_airflow.kinds import KINDS
from modelops_airflow.kinds.workbooks.workbook import _unfit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/govern-a-workbook.md").read_text(encoding="utf-8")


def test_the_section_is_that_of_the_example() -> None:
    (section,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert section in (ROOT / "dags/models/affordability.yaml").read_text(encoding="utf-8")
    assert all(f"`{name}`" in PAGE for name in KINDS["excel"].parameters)


@pytest.mark.parametrize("name", ["WEBSERVICE", "HYPERLINK", "RTD", "INDIRECT", "OFFSET", "NOW", "TODAY", "RAND", "REPT", "SEQUENCE"])
def test_functions_that_the_page_names_are_refused(name: str) -> None:
    assert f"`{name}`" in PAGE and _unfit(f"={name}(A1)") and not _unfit("=SUM(A1)")


def test_a_column_of_a_table_is_refused() -> None:
    assert "`Sales[Amount]`" in PAGE and _unfit("=SUM(Sales[Amount])")
