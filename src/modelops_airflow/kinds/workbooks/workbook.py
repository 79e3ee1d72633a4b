"""What speaks against opening a workbook: macros, links to elsewhere, functions that reach out or answer otherwise each time.

Looked at before any formula is worked out.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

from ...errors import ArtifactError
from ..archive import zip_findings
from ..bundle import members_of

LARGEST = 20 << 20
"""Bytes of a file."""
MOST_FORMULAS, LONGEST, MOST_CELLS = 20_000, 8_192, 100_000

_FOREIGN = re.compile(r"vbaproject|macrosheets|dialogsheets|externallinks|activex|embeddings|oleobject|ctrlprops|connections\.xml|querytables|webextension|customui|"
                      r"pivotcache|^(?!xl/printersettings/).*\.bin$|\.exe$|\.dll$", re.IGNORECASE)
_DECLARATION = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_TEXT = re.compile(r'"(?:[^"]|"")*"')
_FUNCTION = re.compile(r"([A-Z_][A-Z0-9_.]*)\s*\(", re.IGNORECASE)
_WHOLE = re.compile(r"(?<![A-Z0-9_.$])\$?(?:[A-Z]{1,3}:\$?[A-Z]{1,3}|[0-9]+:\$?[0-9]+)(?![A-Z0-9_(])", re.IGNORECASE)
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})", re.IGNORECASE)
_REACHING = frozenset({"WEBSERVICE", "FILTERXML", "HYPERLINK", "RTD", "DDE", "CALL", "REGISTER", "REGISTER.ID", "EXEC", "EVALUATE", "IMAGE", "SQL.REQUEST", "CUBEVALUE",
                       "CUBEMEMBER", "STOCKHISTORY", "GETPIVOTDATA", "INDIRECT", "OFFSET", "CELL", "INFO"})
_CHANGING = frozenset({"NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY"})
_HUGE = frozenset({"REPT", "SEQUENCE", "MAKEARRAY", "LAMBDA", "REDUCE", "MUNIT", "FACT", "FACTDOUBLE", "MULTINOMIAL"})


def workbook_findings(data: bytes) -> tuple[bool, list[str]]:
    """Whether the bytes are a workbook, and what speaks against it."""
    if len(data) > LARGEST:
        return True, [f"the workbook has {len(data) >> 20} MiB; expected at most {LARGEST >> 20}"]
    readable, found = zip_findings(data)
    if not readable or found:
        return readable, found
    members = members_of(data)
    if "xl/workbook.xml" not in members or "[Content_Types].xml" not in members:
        return False, []
    found = [f"member {name[:80]!r} is a macro, a link to elsewhere or an embedded object" for name in sorted(members) if _FOREIGN.search(name)]
    if any(word in members["[Content_Types].xml"].lower() for word in (b"macroenabled", b"vbaproject")):
        found.append("the workbook is of a type with macros; save it as .xlsx")
    found += [why for name, body in sorted(members.items()) if (why := _unfit_xml(name, body))]
    return True, found or list(_formula_findings(data))


def opened(data: bytes, *, values: bool) -> Any:
    """The workbook as openpyxl has it: its formulas, or the values that the spreadsheet program left.

    Raises:
        ArtifactError: it cannot be read.
    """
    import openpyxl

    try:
        return openpyxl.load_workbook(io.BytesIO(data), data_only=values, keep_links=False)
    except Exception as error:  # the library raises many types for what is no workbook
        raise ArtifactError(f"the workbook cannot be read: {(str(error) or type(error).__name__).splitlines()[0][:200]}") from None


def _unfit_xml(name: str, body: bytes) -> str:
    if not name.endswith((".xml", ".rels", ".vml")):
        return ""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return f"member {name[:80]!r} is not UTF-8 text"
    if _DECLARATION.search(body):
        return f"member {name[:80]!r} declares a document type or entities"
    if name.endswith(".rels") and b'TargetMode="External"' in body.replace(b"'", b'"'):
        return f"member {name[:80]!r} leads to elsewhere"
    return ""


def _formula_findings(data: bytes) -> Iterator[str]:
    book, formulas = opened(data, values=False), 0
    for name, one in book.defined_names.items():
        if why := _unfit(str(one.attr_text or "")):
            yield f"the name {name[:80]!r} {why}"
    for sheet in book.worksheets:
        for name, one in sheet.defined_names.items():
            if why := _unfit(str(one.attr_text or "")):
                yield f"the name {name[:80]!r} {why}"
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                formulas += 1
                text = cell.value if isinstance(cell.value, str) else str(getattr(cell.value, "text", None) or "")
                why = _unfit(text) if text else "is a table of what-if values, which is not supported"
                if why:
                    yield f"cell {sheet.title}!{cell.coordinate} {why}"
    if formulas > MOST_FORMULAS:
        yield f"the workbook has {formulas} formulas; expected at most {MOST_FORMULAS:,}"


def _unfit(formula: str) -> str:
    """Why a formula may not be worked out; empty if it may."""
    if len(formula) > LONGEST:
        return f"has a formula of {len(formula)} characters; expected at most {LONGEST:,}"
    bare = _TEXT.sub('""', formula)
    if "[" in bare:
        return "refers to another workbook, or to a column of a table; write plain cells"
    if "|" in bare:
        return "asks another program (DDE)"
    if _WHOLE.search(bare) or any(_cells(*found) > MOST_CELLS for found in _RANGE.findall(bare)):
        return f"refers to whole columns or rows, or to more than {MOST_CELLS:,} cells at once; name the cells that are used"
    used = {name.upper().removeprefix("_XLFN.").removeprefix("_XLWS.") for name in _FUNCTION.findall(bare)}
    for names, why in ((_REACHING, "reaches out of the workbook or to cells that only running it tells"), (_CHANGING, "answers otherwise each time"),
                       (_HUGE, "can grow without end")):
        if refused := sorted(used & names):
            return f"uses {', '.join(refused)}, which {why}"
    return ""


def _cells(left: str, top: str, right: str, bottom: str) -> int:
    """Cells of a range."""
    return (abs(_number(right) - _number(left)) + 1) * (abs(int(bottom) - int(top)) + 1)


def _number(column: str) -> int:
    found = 0
    for letter in column.upper():
        found = found * 26 + ord(letter) - ord("A") + 1
    return found
