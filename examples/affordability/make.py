"""Makes a small workbook that decides whether a loan is affordable, with the values of its own example, and two months of invented requests, seeded.

    python examples/affordability/make.py

A spreadsheet program leaves worked-out values in a file; openpyxl does not, so they are worked out here and written in.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.workbook.defined_name import DefinedName

HERE = Path(__file__).parent
REQUESTS = 400
INPUTS = {"income": 3200, "instalment": 450, "dependants": 1, "housing": "rent"}
COSTS = {"own": 250, "rent": 800, "family": 150}
TEXTS = {"B6": "=VLOOKUP(B4,E2:F4,2,FALSE)", "B7": "=B1-B6-B3*320-500", "B8": "=IF(B7<=0,9.99,B2/B7)",
         "B9": '=IF(B8>0.6,"decline",IF(B8>0.4,"refer","grant"))'}


def worked_out() -> dict[str, float | str]:
    """The cells' values, by plain arithmetic."""
    cost = COSTS[str(INPUTS["housing"])]
    left = int(INPUTS["income"]) - cost - int(INPUTS["dependants"]) * 320 - 500
    share = 9.99 if left <= 0 else int(INPUTS["instalment"]) / left
    return {"B6": cost, "B7": left, "B8": share, "B9": "decline" if share > 0.6 else "refer" if share > 0.4 else "grant"}


def workbook() -> bytes:
    """The file, the same bytes each time but for what the library's version changes."""
    book = openpyxl.Workbook()
    book.properties.created = book.properties.modified = datetime(2026, 1, 1)
    sheet = book.active
    sheet.title = "Model"
    for row, (name, value) in enumerate(INPUTS.items(), start=1):
        sheet.cell(row, 1, name)
        sheet.cell(row, 2, value)
        book.defined_names[name] = DefinedName(name, attr_text=f"Model!$B${row}")
    for row, (name, value) in enumerate(COSTS.items(), start=2):
        sheet.cell(row, 5, name)
        sheet.cell(row, 6, value)
    for cell, text in TEXTS.items():
        sheet[cell] = text
    book.defined_names["decision"] = DefinedName("decision", attr_text="Model!$B$9")
    sink = io.BytesIO()
    book.save(sink)
    return _with_values(sink.getvalue())


def _with_values(data: bytes) -> bytes:
    """The workbook with the worked-out values beside the formulas."""
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            body = old.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                for cell, value in worked_out().items():
                    kind = ' t="str"' if isinstance(value, str) else ""
                    body, found = re.subn(rf'<c r="{cell}"[^>]*>(<f>.*?</f>)<v ?/?>(?:</v>)?</c>', rf'<c r="{cell}"{kind}>\g<1><v>{value}</v></c>', body)
                    assert found == 1, cell
            if name == "docProps/core.xml":
                body = re.sub(r"(<dcterms:modified[^>]*>)[^<]*", r"\g<1>2026-01-01T00:00:00Z", body)
            new.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return sink.getvalue()


def month(seed: int) -> pa.Table:
    """One month: a row a request."""
    draws = np.random.default_rng(seed)
    return pa.table({
        "request": np.arange(REQUESTS) + seed * 1000,
        "income": draws.lognormal(8.0, 0.3, REQUESTS).round(-2).clip(1200, 9000),
        "instalment": draws.integers(3, 16, REQUESTS) * 50.0,
        "dependants": draws.choice([0, 1, 2], REQUESTS, p=[0.5, 0.3, 0.2]),
        "housing": draws.choice(list(COSTS), REQUESTS, p=[0.4, 0.45, 0.15]),
        "sex": draws.choice(["female", "male"], REQUESTS),
    })


if __name__ == "__main__":
    (HERE / "model-2.1.0.xlsx").write_bytes(workbook())
    for side, seed in (("baseline", 31), ("current", 32)):
        pq.write_table(month(seed), HERE / f"{side}.parquet", compression="zstd")
