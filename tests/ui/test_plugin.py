"""What Airflow's plugin manager gets, and that the pages' files hold together without a build."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from modelops_airflow.plugin import ModelOpsPlugin
from modelops_airflow.ui.app import STATIC

SCRIPTS = sorted(path for path in STATIC.rglob("*.js") if "vendor" not in path.parts)


def test_loading_the_plugin_imports_no_web_stack() -> None:
    code = "import sys, modelops_airflow.plugin; print([n for n in sys.modules if n.startswith('modelops_airflow.ui')])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert told.stdout.strip().splitlines()[-1] == "[]"


def test_each_page_sets_the_global_of_its_name() -> None:
    for entry in ModelOpsPlugin().react_apps:
        file = entry["bundle_url"].partition("/static/")[2].partition("?")[0]
        assert f"globalThis.{entry['name']} = " in (STATIC / file).read_text()
        for icon in ("icon", "icon_dark_mode"):
            assert (STATIC / entry[icon].partition("/static/")[2]).is_file()


def test_addresses_start_with_the_path_of_the_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.bank.example/team-a/")
    assert all(entry["bundle_url"].startswith("/team-a/modelops/static/") for entry in ModelOpsPlugin().react_apps)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(STATIC)))
def test_a_script_imports_what_exists_and_writes_no_html(script: Path) -> None:
    text = script.read_text()
    for wanted, file in re.findall(r"import (.+?) from \"(.+?)\";", text, re.DOTALL):
        target = (script.parent / file).resolve()
        assert target.is_file(), f"{script.name} imports {file}"
        for name in re.findall(r"\{(.+)\}", wanted, re.DOTALL):
            for part in name.split(","):
                exported = part.split(" as ")[0].strip()
                assert re.search(rf"export (const|function|async function|class) (\{{[^}}]*)?\b{exported}\b", target.read_text()), exported
    for forbidden in ("dangerouslySetInnerHTML", "innerHTML", "eval(", "document.write", "http://", "https://"):
        assert forbidden not in text


def test_what_is_vendored_has_its_licence() -> None:
    for script in (STATIC / "vendor").glob("*.js"):
        assert "Apache License" in script.with_suffix(".LICENSE").read_text()
