"""A matrix of tiers has a cell for whatever can be answered, and more risk never gives a laxer tier."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from modelops_airflow.policy.library import packs
from modelops_airflow.policy.lint_pack import lint_pack
from modelops_airflow.policy.lint_tiering import lint_tiering
from modelops_airflow.policy.tiering import cell_name, cells
from modelops_airflow.spec.policy import Policy
from modelops_airflow.spec.read import Source, read_policy

GOOD = """pack: own
version: 1
title: A pack of a test.
basis: project default
tiering:
  axes:
    - {id: money, text: Money.}
    - {id: people, text: People.}
  questions:
    - {id: amount, axis: money, text: How much?, why: It costs., answers: {little: 1, much: 2}}
    - {id: reach, axis: money, text: How far?, why: It costs., answers: {near: 1, far: 3}}
    - {id: effect, axis: people, text: What for?, why: It hurts., answers: {none: 1, some: 2}}
  matrix: {1/1: 3, 2/1: 3, 3/1: 2, 1/2: 3, 2/2: 2, 3/2: 1}
"""


def read(folder: Path, text: str) -> Source[Policy]:
    (folder / "own.yaml").write_text(text)
    return read_policy(folder / "own.yaml", name="own.yaml")


def told(folder: Path, text: str) -> list[str]:
    return [str(one) for one in lint_tiering(read(folder, text))]


def test_a_good_questionnaire_has_no_mistakes(tmp_path: Path) -> None:
    assert told(tmp_path, GOOD) == []
    assert lint_pack(read(tmp_path, GOOD)) == []
    assert [one.code for one in lint_pack(read(tmp_path, GOOD.replace("basis: project default\n", "")))] == ["PACK007"], "somebody must stand for the scores"


@pytest.mark.parametrize(("old", "new", "code", "words"), [
    ("3/1: 2, ", "", "PACK017", "no tier for money 3, people 1 (add 3/1: with a tier)"),
    ("3/2: 1", "3/2: 1, 4/1: 1", "PACK017", "no answers come to 4/1 (expected scores of money 1, 2, 3; people 1, 2)"),
    ("3/2: 1", "3/2: 3", "PACK018", "money 3, people 2 gives tier 3, and less money (2/2) the stricter tier 2"),
    ("2/2: 2", "2/2: 1, 3/9: 1", "PACK017", "no answers come to 3/9"),
    ("axis: people", "axis: peple", "PACK016", "belongs to the axis 'peple', which is not there (did you mean 'people'?)"),
    ("id: reach", "id: amount", "PACK016", "'amount' is there 2 times among questions"),
    ("{id: people, text: People.}", "{id: people, text: People.}\n    - {id: planet, text: Planet.}", "PACK016", "no question belongs to the axis 'planet'"),
])
def test_each_mistake_is_told_with_its_place_and_what_it_is_about(tmp_path: Path, old: str, new: str, code: str, words: str) -> None:
    found = told(tmp_path, GOOD.replace(old, new))

    assert any(code in one and words in one for one in found), found
    assert all(one.startswith("own.yaml:") for one in found)


def test_two_mistakes_of_order_are_told_at_both_cells(tmp_path: Path) -> None:
    found = [one for one in told(tmp_path, GOOD.replace("3/2: 1", "3/2: 3")) if "PACK018" in one]

    assert len(found) == 2 and any("less people (3/1)" in one for one in found)


def test_scores_below_the_least_of_another_question_of_the_axis_need_no_cell(tmp_path: Path) -> None:
    text = GOOD.replace("{near: 1, far: 3}", "{near: 2, far: 3}")

    assert any("no answers come to 1/1" in one for one in told(tmp_path, text))
    assert told(tmp_path, text.replace("1/1: 3, ", "").replace("1/2: 3, ", "")) == []


def test_the_house_matrix_is_whole_and_never_laxer_for_more_risk_by_an_own_reading() -> None:
    body = yaml.safe_load((Path(__file__).parents[2] / "src/modelops_airflow/packs/house.yaml").read_text())["tiering"]
    matrix = {tuple(map(int, name.split("/"))): tier for name, tier in body["matrix"].items()}

    assert sorted(matrix) == sorted(product((1, 2, 3), repeat=3))
    assert [(low, high) for low in matrix for high in matrix if all(a <= b for a, b in zip(low, high, strict=True)) and matrix[high] > matrix[low]] == []
    assert all(tier == 1 for cell, tier in matrix.items() if cell[2] == 3)
    assert all(tier <= 2 for cell, tier in matrix.items() if cell[2] == 2)


@given(st.data())
def test_the_linter_finds_whatever_an_own_reading_finds(data: st.DataObject) -> None:
    asked = packs()["house"].spec.tiering
    assert asked is not None
    names = [cell_name(one) for one in cells(asked)]
    matrix = {name: data.draw(st.sampled_from((1, 2, 3))) for name in names if data.draw(st.integers(0, 30))}
    house = packs()["house"]
    changed = Source(house.file, house.text, house.spec.model_copy(update={"tiering": asked.model_copy(update={"matrix": matrix})}), house.document)
    found = {one.code for one in lint_tiering(changed)}

    missing = set(names) - set(matrix)
    laxer = [(low, high) for low in matrix for high in matrix if matrix[high] > matrix[low] and _one_step(low, high)]
    assert ("PACK017" in found, "PACK018" in found) == (bool(missing), bool(laxer))


def _one_step(low: str, high: str) -> bool:
    moves = [int(b) - int(a) for a, b in zip(low.split("/"), high.split("/"), strict=True)]
    return sorted(moves)[-1] == 1 and moves.count(0) == len(moves) - 1
