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


def test_the_picture_of_states_is_the_state_machine() -> None:
    from modelops_airflow.policy.states import TRANSITIONS

    drawn = re.findall(r"^    (\w+) --> (\w+)$", (ROOT / "docs/explanation/states.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert set(drawn) == TRANSITIONS


def test_the_dag_in_the_documents_is_the_one_that_runs() -> None:
    text = (ROOT / "docs/how-to/use-operators.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0]

    assert (ROOT / "dags/drift_by_hand.py").read_text(encoding="utf-8").endswith(code)


def test_each_decision_says_what_it_costs() -> None:
    pages = sorted((ROOT / "docs/adr").glob("0*.md"))
    listed = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")

    assert [int(path.name[:4]) for path in pages] == list(range(1, len(pages) + 1))
    for path in pages:
        assert "## Drawbacks\n\n- " in path.read_text(encoding="utf-8"), path.name
        assert path.name in listed
