"""The documents say what the code says."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """docs/generate.py as a module."""
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says(generate: ModuleType) -> None:
    stale = [name for name, text in generate.pages().items() if (generate.REFERENCE / name).read_text(encoding="utf-8") != text]

    assert stale == [], "run: make docs"


def test_no_page_of_the_reference_is_left_over(generate: ModuleType) -> None:
    assert {path.name for path in generate.REFERENCE.glob("*.md")} == set(generate.pages())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in link and not link.startswith("mailto:")]

    assert [link for link in links if not (document.parent / link).exists()] == []


def test_yaml_in_the_readme_is_a_valid_model_file() -> None:
    from modelops_airflow.spec.read import parse_model

    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        assert len(block.strip().splitlines()) <= 15
        parse_model(block, "credit-risk.yaml")


def test_documents_name_only_commands_that_exist(generate: ModuleType) -> None:
    known = set(re.findall(r"^## modelops (.+)$", generate.command_line(), re.MULTILINE))
    words = {command.split(" ")[0] for command in known}

    for document in DOCUMENTS:
        for line in re.findall(r"^(?:\$ )?modelops ([a-z]+)", document.read_text(encoding="utf-8"), re.MULTILINE):
            assert line in words, f"{document.name}: modelops {line}"
