"""`modelops schema` knows the kinds and targets that are installed, and what each may have under `with`."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry

from modelops_airflow.cli.known_names import schema_here
from modelops_airflow.kinds import KINDS
from modelops_airflow.spec.schema import KINDS as FILES
from modelops_airflow.targets import TARGETS

ROOT = Path(__file__).parents[2]


def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema_here(kind), registry=Registry())


def _model(**model: Any) -> dict[str, Any]:
    body = yaml.safe_load((ROOT / "dags/models/pricing-dmn.yaml").read_text())
    body["model"] |= model
    return dict(body)


@pytest.mark.parametrize("kind", FILES)
def test_every_schema_is_one(kind: str) -> None:
    Draft202012Validator.check_schema(schema_here(kind))
    assert json.loads(json.dumps(schema_here(kind))) == schema_here(kind)


def test_every_example_is_valid() -> None:
    for file in (ROOT / "dags" / "models").glob("*.yaml"):
        assert _validator("model").is_valid(yaml.safe_load(file.read_text())), file
    assert _validator("governance").is_valid(yaml.safe_load((ROOT / "dags/governance.yaml").read_text()))


def test_a_model_names_a_kind_that_there_is_and_its_options_alone() -> None:
    kinds = schema_here("model")["$defs"]["Model"]["properties"]["kind"]
    assert kinds["enum"] == list(KINDS) and kinds["enumDescriptions"] == [one.summary for one in KINDS.values()]
    good = [_model(), _model(**{"with": {"decision": "price-class"}}), _model(kind="jdm", **{"with": {"output": "a.b", "score": "c"}})]
    bad = [_model(kind="dnm"), _model(**{"with": {"decision": 1}}), _model(**{"with": {"decison": "x"}}), _model(kind="rules", **{"with": {"decision": "x"}})]
    assert [_validator("model").is_valid(one) for one in (*good, *bad)] == [True] * 3 + [False] * 4
    control = Draft202012Validator(_without("model", "Model"), registry=Registry())
    assert all(control.is_valid(one) for one in bad), "the control: what the types alone say"


def test_an_environment_names_a_target_that_there_is_and_its_options_alone() -> None:
    body = yaml.safe_load((ROOT / "dags/governance.yaml").read_text())
    assert schema_here("governance")["$defs"]["Environment"]["properties"]["target"]["enum"] == list(TARGETS)
    told = []
    for environment in ({"target": "folder", "with": {"path": "live"}}, {"target": "foldr", "with": {"path": "live"}}, {"target": "folder", "with": {"paht": "x"}},
                        {"target": "folder", "with": {}}, {"target": "folder"}, {"target": "folder", "with": {"path": 1}}):
        told.append(_validator("governance").is_valid({**body, "environments": {"production": environment}}))
    assert told == [True, False, False, False, False, False]


def test_ranges_and_choices_of_an_option_are_told() -> None:
    from modelops_airflow.parameters import Parameter, Range, options_schema

    body = options_schema({
        "share": Parameter("share", "float", 0.5, "", range=Range(0, 1)), "size": Parameter("size", "int | None", None, "bytes", range=Range(0, open=True)),
        "way": Parameter("way", "str", None, "", choices=("a", "b"), required=True), "names": Parameter("names", "Sequence[str]", (), ""),
    })
    assert body["properties"]["share"] == {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5}
    assert body["properties"]["size"] == {"type": "integer", "description": "bytes", "exclusiveMinimum": 0}
    assert body["required"] == ["way"]
    valid = Draft202012Validator(body).is_valid
    assert valid({"way": "a", "share": 1, "names": ["x"]})
    assert not any(map(valid, ({}, {"way": "c"}, {"way": "a", "share": 2}, {"way": "a", "size": 0}, {"way": "a", "names": [1]}, {"way": "a", "other": 1})))


def _without(kind: str, part: str) -> dict[str, Any]:
    body = copy.deepcopy(schema_here(kind))
    body["$defs"][part].pop("allOf")
    for one in body["$defs"][part]["properties"].values():
        one.pop("enum", None)
    return body
