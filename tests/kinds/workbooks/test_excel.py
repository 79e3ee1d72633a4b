"""Workbooks: answers by plain arithmetic, the program's own values first, and nothing that reaches out."""

from __future__ import annotations

import importlib.util
import io
import re
import zipfile
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from artifacts import EXAMPLES, clean

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import Scorer, open_model, scan, verify
from modelops_airflow.measurement import Status

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("formulas")
OPTIONS = {"inputs": {name: name for name in ("income", "instalment", "dependants", "housing")}, "output": "decision"}
BOOK = (EXAMPLES / "affordability" / "model-2.1.0.xlsx").read_bytes()


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_affordability", EXAMPLES / "affordability" / "make.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def loaded(data: bytes = BOOK, **options: Any) -> Scorer:
    report = scan("excel", data, file="model.xlsx")
    assert clean(report), report.notes
    return open_model(verify("excel", data, digest_bytes(data), report), OPTIONS | options)


def edited(edit: Callable[[dict[str, bytes]], Any], data: bytes = BOOK) -> bytes:
    """The workbook with its members changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    edit(members)
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return sink.getvalue()


def sheet(old: str, new: str) -> Callable[[dict[str, bytes]], None]:
    """Another text in the sheet."""

    def edit(members: dict[str, bytes]) -> None:
        body = members["xl/worksheets/sheet1.xml"].decode()
        assert old in body, body
        members["xl/worksheets/sheet1.xml"] = body.replace(old, new).encode()

    return edit


def formula(text: str) -> bytes:
    """The workbook with another formula in the cell of the costs; the value that was left stays."""
    return edited(sheet("<f>VLOOKUP(B4,E2:F4,2,FALSE)</f>", f"<f>{text}</f>"))


def by_hand(row: Mapping[str, Any]) -> str:
    left = row["income"] - {"own": 250, "rent": 800, "family": 150}[row["housing"]] - row["dependants"] * 320 - 500
    share = row["instalment"] / left if left > 0 else 9.99
    return "decline" if share > 0.6 else "refer" if share > 0.4 else "grant"


def test_the_example_decides_as_plain_arithmetic_does() -> None:
    rows = pq.read_table(EXAMPLES / "affordability" / "current.parquet")
    expected = [by_hand(row) for row in rows.to_pylist()]
    assert loaded().score(rows)["prediction"].to_pylist() == expected and set(expected) == {"grant", "refer", "decline"}


def test_cells_may_be_named_by_place_and_a_score_is_a_cell_too() -> None:
    rows = pq.read_table(EXAMPLES / "affordability" / "current.parquet").slice(0, 50)
    model = loaded(inputs={"income": "Model!B1", "instalment": "'Model'!$B$2", "dependants": "dependants", "housing": "housing"}, output="Model!B9", score="Model!B8")
    answer = model.score(rows)
    assert answer["prediction"].to_pylist() == [by_hand(row) for row in rows.to_pylist()]
    assert (np.array(answer["score"]) > 0.6).tolist() == [one == "decline" for one in answer["prediction"].to_pylist()]


def test_the_committed_workbook_is_what_its_script_makes(make: ModuleType) -> None:
    def told(data: bytes) -> dict[str, Any]:
        return {cell.coordinate: cell.value for values in (False, True) for row in openpyxl.load_workbook(io.BytesIO(data), data_only=values).active for cell in row}

    assert told(make.workbook()) == told(BOOK)


def test_other_values_than_the_program_left_are_an_error() -> None:
    data = edited(sheet("<v>grant</v>", "<v>decline</v>"))
    with pytest.raises(ArtifactError, match="cell Model!B9 is 'grant' here and 'decline' in the spreadsheet program"):
        loaded(data)
    left = re.search(r"<v>(0\.[0-9]+)</v>", zipfile.ZipFile(io.BytesIO(BOOK)).read("xl/worksheets/sheet1.xml").decode())
    assert left is not None
    with pytest.raises(ArtifactError, match="cell Model!B8 is"):
        loaded(edited(sheet(left.group(), "<v>0.3</v>")), score="Model!B8")
    with pytest.raises(ArtifactError, match="holds no worked-out value; open the workbook in a spreadsheet program and save it"):
        loaded(edited(sheet("<v>grant</v>", "<v></v>")))


@pytest.mark.parametrize(("text", "told"), [
    ("WEBSERVICE(B4)", "uses WEBSERVICE, which reaches out"), ("_xlfn.WEBSERVICE(B4)", "uses WEBSERVICE"), ("hyperlink(B4)", "uses HYPERLINK"),
    ("[1]Sheet1!A1", "another workbook"), ("cmd|'/c calc'!A1", "asks another program"), ("NOW()", "answers otherwise each time"), ("RAND()*9", "answers otherwise"),
    ("SUM(E:F)", "whole columns"), ("SUM($E:$F)", "whole columns"), ("SUM(2:4)", "whole columns or rows"), ("SUM(A1:ZZ9999)", "more than 100,000 cells"),
    ("INDIRECT(B4)", "uses INDIRECT"), ("REPT(B4,1000000000)", "can grow without end"), ("SUM(1," * 2000 + "1" + ")" * 2000, "characters"),
])
def test_functions_that_reach_out_or_change_are_refused(text: str, told: str) -> None:
    report = scan("excel", formula(text), file="model.xlsx")
    assert not clean(report) and any(told in note for note in report.notes), report.notes


def doubling(times: int) -> bytes:
    """A workbook in which a text of four letters is doubled so often, and its length counts."""
    cells = "".join(f'<row r="{row}"><c r="H{row}" t="str"><f>{f"H{row - 1}&amp;H{row - 1}" if row > 20 else "B4&amp;B4"}</f><v>x</v></c></row>' for row in range(20, 20 + times))
    data = edited(sheet("</sheetData>", f"{cells}</sheetData>"))
    return edited(sheet("<f>VLOOKUP(B4,E2:F4,2,FALSE)</f>", f"<f>LEN(H{19 + times})</f>"), data)


def test_a_workbook_that_doubles_a_text_for_ever_is_an_error_and_no_killed_process() -> None:
    with pytest.raises(ArtifactError, match=r"answers '#VALUE!'|cannot be worked out"):
        loaded(doubling(50))
    with pytest.raises(ArtifactError, match="is 'decline' here and 'grant' in the spreadsheet program"):
        loaded(doubling(10))  # the control: it is worked out, to something else


def test_a_text_that_only_looks_like_one_is_none() -> None:
    assert clean(scan("excel", formula("IF(B4=&quot;NOW() | [1]&quot;,1,VLOOKUP(B4,E2:F4,2,FALSE))"), file="model.xlsx"))


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml", "xl/embeddings/oleObject1.bin", "xl/activeX/activeX1.xml", "xl/connections.xml",
                                  "xl/macrosheets/sheet1.xml", "xl/other.bin"])
def test_macros_links_and_objects_are_refused(name: str) -> None:
    assert not clean(scan("excel", edited(lambda members: members.update({name: b"<x/>"})), file="model.xlsx"))
    assert clean(scan("excel", edited(lambda members: members.update({"xl/printerSettings/printerSettings1.bin": b"x"})), file="model.xlsx")), "the control"


EDITS: dict[str, Callable[[dict[str, bytes]], Any]] = {
    "entities": lambda one: one.update({"xl/workbook.xml": one["xl/workbook.xml"].replace(b"<workbook", b'<!DOCTYPE x [<!ENTITY a "b">]><workbook', 1)}),
    "other encoding": lambda one: one.update({"xl/workbook.xml": one["xl/workbook.xml"].decode().encode("utf-16")}),
    "leads out": lambda one: one.update({"xl/worksheets/_rels/sheet1.xml.rels": b"<Relationships><Relationship TargetMode='External' Target='http://x'/></Relationships>"}),
    "macro type": lambda one: one.update({"[Content_Types].xml": one["[Content_Types].xml"].replace(b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main")}),
    "foreign name": lambda one: one.update({"xl/workbook.xml": one["xl/workbook.xml"].replace(b"Model!$B$9", b"[2]Model!$B$9")}),
    "no workbook": lambda one: one.pop("xl/workbook.xml"), "broken": lambda one: one.update({"xl/workbook.xml": b"<zebra"}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_is_no_plain_workbook_is_refused(edit: str) -> None:
    assert not clean(scan("excel", edited(EDITS[edit]), file="model.xlsx"))
    assert clean(scan("excel", edited(lambda _one: None), file="model.xlsx")), "the control"


def rows(**changed: Any) -> pa.Table:
    return pa.table({"income": [3200.0, 3000.0], "instalment": [450.0, 450.0], "dependants": [1, 2], "housing": ["rent", "own"]} | changed)


@pytest.mark.parametrize(("table", "told"), [
    (rows(income=[3200.0, None]), "row 1 has None in column 'income'"), (rows(income=[float("nan"), 1.0]), "row 0 has nan in column 'income'"),
    (rows(income=["3200", "1"]), "takes a number"), (rows(income=[True, False]), "takes a number"), (rows(housing=[1, 2]), "takes a text"),
    (rows(housing=["rent", ""]), "row 1 has ''"), (rows(housing=["rent", "tent"]), "to row 1"), (rows().drop_columns(["income"]), "columns the data does not have: income"),
    (rows(income=[3200.0, float("inf")]), "row 1 has inf"),
])
def test_rows_that_the_workbook_cannot_take_are_told(table: pa.Table, told: str) -> None:
    with pytest.raises(ArtifactError, match=told):
        loaded().score(table)


@pytest.mark.parametrize(("options", "told"), [
    ({"output": "zebra"}, "is no single cell of the workbook; names: income"), ({"output": "Sheet9!B1"}, "is no single cell"), ({"output": "Model!B1:B3"}, "is no single cell"),
    ({"inputs": {"income": "Model!B6"}}, "holds no number, text or truth"), ({"inputs": {"income": "Model!Z9"}}, "holds no number, text or truth"), ({"inputs": {}}, "expected one or more inputs"),
    ({"inputs": {"income": "income", "other": "Model!B1"}}, "each with a cell of its own"), ({"inputs": ["income"]}, "a mapping of texts"),
])
def test_options_that_do_not_fit_are_told(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ArtifactError, match=told):
        loaded(**options)


def test_rows_that_are_the_same_are_worked_out_once() -> None:
    model: Any = loaded()
    asked: list[Any] = []
    inner = model._compiled
    model._compiled = lambda *given: asked.append(given) or inner(*given)
    many = pa.concat_tables([rows()] * 50)
    assert model.score(many)["prediction"].to_pylist() == [by_hand(row) for row in many.to_pylist()] and len(asked) == 2


def test_mutated_workbooks_are_refused_or_open_and_never_raise_anything_else() -> None:
    draws, opened = np.random.default_rng(5), 0
    with zipfile.ZipFile(io.BytesIO(BOOK)) as archive:
        names = archive.namelist()
    for turn in range(150):
        name = str(draws.choice(names))

        def edit(members: dict[str, bytes], name: str = name) -> None:
            body = bytearray(members[name])
            for _ in range(3):
                body[int(draws.integers(len(body)))] = int(draws.integers(32, 127))
            members[name] = bytes(body)

        data = edited(edit) if turn % 3 else bytes(bytearray(BOOK[:-40]) + draws.bytes(20) + BOOK[-20:])
        report = scan("excel", data, file="model.xlsx")
        if clean(report):
            try:
                open_model(verify("excel", data, digest_bytes(data), report), OPTIONS)
                opened += 1
            except ArtifactError:
                continue
    assert 2 < opened < 148


def test_a_changed_byte_anywhere_is_refused_or_told() -> None:
    """Compressed bytes among them: an archive that cannot be unpacked is no workbook."""
    told = set()
    for place in range(0, len(BOOK), 13):
        for change in (0x01, 0x80):
            data = bytearray(BOOK)
            data[place] ^= change
            report = scan("excel", bytes(data), file="model.xlsx")
            told.add(report.status)
    assert told <= {Status.MEASURED, Status.ERROR}
