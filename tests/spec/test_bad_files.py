"""Every file of tests/bad gets located messages, quickly, and never a traceback."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from modelops_airflow.plan import plans_of
from modelops_airflow.plan.codes import CODES as PLAN_CODES
from modelops_airflow.spec.codes import CODES as SPEC_CODES
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import read_governance, read_model

BAD = Path(__file__).parent.parent / "bad"
SPEC = sorted((BAD / "spec").glob("*.yaml"))
PLAN = sorted((BAD / "plan").glob("*.yaml"))
LINE = re.compile(r"\S+\.yaml:[1-9]\d*:[1-9]\d*: (?:SPEC|PLAN|REQ)\d{3} .+")


def messages(file: Path) -> str:
    """What an author reads about a file."""
    governance = read_governance(BAD / "governance.yaml").spec
    with pytest.raises(SpecError) as caught:
        plans_of(read_model(file, name=file.name), governance)
    return str(caught.value)


@pytest.mark.parametrize("file", SPEC + PLAN, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_every_message_is_one_located_line_within_two_seconds(file: Path) -> None:
    started = time.process_time()
    said = messages(file)

    assert time.process_time() - started < 2
    for line in said.split("\n"):
        assert LINE.fullmatch(line), line
        assert line.isprintable() and len(line) < 700


@pytest.mark.parametrize("files", [SPEC, PLAN], ids=["spec", "plan"])
def test_messages_read_as_they_are_meant_to(files: list[Path], snapshot: Callable[[Path, str], None]) -> None:
    snapshot(files[0].parent / "messages.txt", "".join(f"{messages(file)}\n\n" for file in files))


@pytest.mark.parametrize("file", SPEC, ids=lambda file: file.stem)
def test_files_in_spec_are_refused_by_the_reader_already(file: Path) -> None:
    with pytest.raises(SpecError):
        read_model(file, name=file.name)


@pytest.mark.parametrize("file", PLAN, ids=lambda file: file.stem)
def test_files_in_plan_are_well_written_yaml(file: Path) -> None:
    assert read_model(file, name=file.name).spec.model.id == file.stem


def test_every_code_that_can_be_said_is_listed() -> None:
    said = {code for file in SPEC + PLAN for code in re.findall(r": ((?:SPEC|PLAN|REQ)\d{3}) ", messages(file))}

    assert said <= SPEC_CODES.keys() | PLAN_CODES.keys()


def test_a_good_file_has_no_message() -> None:
    file = BAD.parent.parent / "dags" / "models" / "credit-risk.yaml"

    assert plans_of(read_model(file), read_governance(file.parent.parent / "governance.yaml").spec)
