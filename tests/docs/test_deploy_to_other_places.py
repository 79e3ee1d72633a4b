"""The environments of docs/how-to/deploy-to-other-places.md are valid, and their targets can be made."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from modelops_airflow.spec.read import parse_governance
from modelops_airflow.targets import TARGETS, target_of, wrong_target

PAGE = (Path(__file__).parents[2] / "docs/how-to/deploy-to-other-places.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(environments:.*?)```", PAGE, re.DOTALL)
PEOPLE = "modelops: 1\npeople: {a: {login: {simple: a}}}\nroles: {risk: {side: control, held_by: [a]}}\n"


@pytest.mark.parametrize("block", BLOCKS)
def test_each_environment_of_the_page_is_one(block: str, tmp_path: Path) -> None:
    for place in parse_governance(PEOPLE + block, "governance.yaml").spec.environments.values():
        assert wrong_target(place.target, place.with_) == []
        made = target_of(place.target, place.with_, resolve=lambda text: tmp_path / text, connections=lambda name: f"https://:secret@{name}.example")
        assert isinstance(made, TARGETS[place.target])


def test_every_target_but_the_two_plain_ones_has_an_example() -> None:
    shown = {place["target"] for block in BLOCKS for place in yaml.safe_load(block)["environments"].values()}

    assert shown == set(TARGETS) - {"folder", "mark-only"}
