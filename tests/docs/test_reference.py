"""The documents say what the code says."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from modelops_airflow.cli.local_airflow import LocalAirflow
from modelops_airflow.inventory.register import Register
from modelops_airflow.ledger import append

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


PROOF = ["modelops ledger verify", "modelops pack credit-risk", "modelops pack --verifier verify.py", "python verify.py credit-risk-3.2.0.zip",
         "modelops doctor"]


def readme_commands() -> list[str]:
    """Every command of README.md, without what is said of it."""
    found, fence = [], ""
    for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("```"):
            fence = "" if fence else line
        elif fence == "```" and line.strip():
            found.append(line.split("  #")[0].strip())
    return found


def test_the_readme_works_as_written_in_a_second_terminal_beside_the_demo(tmp_path: Path) -> None:
    """Each command in the README's order, in a shell that knows nothing but what the demo wrote for it. That the pack of
    the demo's model can be made and verified is shown by the release in tests/e2e."""
    commands = readme_commands()
    assert commands[:3] == ["make demo", "source .demo/env.sh", "make test"]
    assert [one for one in commands if one in PROOF] == PROOF
    clone = tmp_path / "clone"
    for name in ("dags", "examples"):
        shutil.copytree(ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"))
    airflow = LocalAirflow(clone / ".demo", clone, 8080, {})
    airflow._prepare()
    register = Register(airflow.environment["AIRFLOW__MODELOPS__DATABASE_URL"])
    register.migrate()
    with register.write() as session:
        append(session, "told", {})
    wanted = ["modelops validate", "modelops plan credit-risk", *(one for one in PROOF if "credit-risk" not in one)]
    programs = Path(sys.executable).parent

    def shell(*lines: str, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
        environment = {"PATH": path, "HOME": str(tmp_path), "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        return subprocess.run(["bash", "-c", "\n".join(["set -e", *lines])], cwd=clone, env=environment, capture_output=True, text=True, check=False)

    done = shell("source .demo/env.sh", "command -v python", *wanted)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.split("\n")[0]).parent == programs
    assert "1 events, each as it was appended" in done.stdout
    assert (clone / "verify.py").is_file()
    alone = shell("modelops ledger verify", path=f"{programs}:/usr/bin:/bin")
    assert alone.returncode == 2, "the control: nothing picks the demo's settings up by itself"


def test_what_the_readmes_commands_leave_is_ignored() -> None:
    names = ["credit-risk-3.2.0.zip", "verify.py", ".demo/env.sh"]
    done = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode == 128:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("not a git checkout")

    assert done.stdout.split() == names


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
