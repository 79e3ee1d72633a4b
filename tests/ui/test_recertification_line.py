"""The line of re-certification on the Models page is red where something is done and did not pass, whatever else is green."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import modelops_airflow.ui

PAGE = Path(modelops_airflow.ui.__file__).parent / "static" / "fleet" / "recertification.js"
STANDS_IN = {
    "host.js": "export const ChakraUI = {}; export const html = (texts, ...values) => values;",
    "time.js": "export const moment = (text) => text;",
    "use_data.js": "export const useData = () => ({ data: JSON.parse(process.argv[2]) });",
    "shown.js": "import { Recertification } from './fleet/recertification.js'; console.log(JSON.stringify(Recertification()));",
}
GOOD = {"of": 3, "done": 3, "running": 0, "waiting": 0, "failed": 0, "doubted": 0, "not_passed": 0, "paused": None, "days_left": 0}


def node() -> str:
    """Where a JavaScript engine is; the driver of the browser tests brings one."""
    if there := shutil.which("node"):
        return there
    from playwright._impl._driver import compute_driver_executable

    return str(compute_driver_executable()[0])


@pytest.mark.parametrize(("facts", "colour"), [
    ({}, "green"), ({"doubted": 1, "done": 2}, "red"), ({"failed": 1, "done": 2}, "red"), ({"not_passed": 1}, "red"),
    ({"not_passed": 1, "running": 1, "done": 2}, "red"), ({"running": 1, "done": 2}, "blue")])
def test_the_line_has_the_colour_of_the_worst_that_it_tells(tmp_path: Path, facts: dict[str, Any], colour: str) -> None:
    (tmp_path / "fleet").mkdir()
    shutil.copy(PAGE, tmp_path / "fleet")
    for name, text in {**STANDS_IN, "package.json": json.dumps({"type": "module"})}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    shown = subprocess.run([node(), "shown.js", json.dumps(GOOD | facts)], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True).stdout
    assert (f'"{colour}"' in shown, '"fg.error"' in shown) == (True, colour == "red")
    assert ("1 did not pass" in shown, "1 doubted" in shown) == ("not_passed" in facts, "doubted" in facts)
