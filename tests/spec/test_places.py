"""Where environments deploy to: inside the project, each to a place of its own."""

from __future__ import annotations

import pytest

from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_governance

FILE = """\
modelops: 1
people: {a: {login: {simple: a}}}
roles: {risk: {side: control, held_by: [a]}}
environments:
  production: {target: folder, with: {path: live}}
  staging: {target: folder, with: {path: PATH}}
"""


@pytest.mark.parametrize(("path", "told"), [
    ("live", "staging and production deploy to the same place"), ("./live/", "same place"),
    ("../elsewhere", "outside the project"), ("/etc", "outside the project"),
])
def test_a_shared_or_foreign_place_is_refused(path: str, told: str) -> None:
    with pytest.raises(SpecError, match=told):
        parse_governance(FILE.replace("PATH", path), "governance.yaml")


def test_a_place_of_its_own_is_fine() -> None:
    assert parse_governance(FILE.replace("PATH", "staging"), "governance.yaml").spec.environments["staging"].target == "folder"
