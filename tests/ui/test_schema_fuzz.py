"""Schemathesis against the API's own schema, in this process: whatever fits or breaks it, no answer is a 5xx.

The schema is not served; the bodies, which routes read by themselves, are put into it here.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from identities import Door
from route_table import table

from modelops_airflow.ui.api import actions
from modelops_airflow.ui.guard import Body

SEED = 20261124
EXAMPLES = 3  # a route and mode

THERE: dict[str, Any] = {  # names that are there, so that a request gets past its address
    "model_id": {"enum": ["credit-risk", "income-screen", "pricing-rules", "churn", "none"]}, "step": {"enum": ["drift", "bias", "profile"]},
    "gate_id": {"enum": [1, 2, 3, 4, 99]}, "run_id": {"enum": [1, 2, 12, 99]}, "decision_id": {"enum": [1, 2, 3, 99]},
}


def schema_of(app: FastAPI) -> dict[str, Any]:
    """OpenAPI of the app with the body that each route reads."""
    found = app.openapi()
    for operations in found["paths"].values():
        for parameter in (one for operation in operations.values() for one in operation.get("parameters", ())):
            parameter["schema"] |= THERE.get(parameter["name"], {})
    for entry in table(app):
        shape = next((getattr(one.call, "shape", None) for one in entry.route.dependant.dependencies if hasattr(one.call, "shape")), None)
        if shape is not None:
            content = {"application/json": {"schema": _inlined(shape)}}
            found["paths"][entry.path]["post"]["requestBody"] = {"required": True, "content": content}
    return found


def _inlined(shape: type[Body]) -> dict[str, Any]:
    schema = shape.model_json_schema()
    definitions = schema.pop("$defs", {})

    def put(part: Any) -> Any:
        if isinstance(part, dict):
            name = str(part.get("$ref", "")).removeprefix("#/$defs/")
            return put(definitions[name]) if name in definitions else {key: put(value) for key, value in part.items()}
        return [put(one) for one in part] if isinstance(part, list) else part

    return put(schema)


def fuzz(app: FastAPI, client: TestClient, examples: int, start: int, only: str = "") -> Counter[int]:
    """Statuses of every answer; with a seed, so that a run repeats.

    Raises:
        AssertionError: an answer is a 5xx; the message has the request.
    """
    seen: Counter[int] = Counter()
    loaded = schemathesis.openapi.from_dict(schema_of(app))
    for result in loaded.get_all_operations():
        operation = result.ok()
        if not operation.path.endswith(only):
            continue
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            _fuzz_one(operation, mode, client, examples, start, seen)
    return seen


def _fuzz_one(operation: Any, mode: Any, client: TestClient, examples: int, start: int, seen: Counter[int]) -> None:
    try:
        cases = operation.as_strategy(generation_mode=mode)
    except Exception as error:  # a route without parameters cannot be misused by its schema
        assert "negat" in str(error).lower() or mode is not schemathesis.GenerationMode.POSITIVE
        return

    @seed(start)
    @settings(max_examples=examples, deadline=None, database=None, derandomize=False, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data: st.DataObject) -> None:
        case = data.draw(cases)
        answer = client.request(**_request(case, client))
        seen[answer.status_code] += 1
        assert answer.status_code < 500, f"{case.method} {case.formatted_path} {case.query} {case.body!r}: {answer.text}"

    try:
        run()
    except Exception as error:
        if "Unsatisfiable" not in type(error).__name__:
            raise


def _request(case: Any, client: TestClient) -> dict[str, Any]:
    kept = case.as_transport_kwargs(base_url=str(client.base_url))
    kept.pop("cookies", None)
    headers = {key: value for key, value in dict(kept.pop("headers", None) or {}).items() if key.lower() == "content-type"}
    return {**{key: kept[key] for key in ("method", "url", "params", "json", "data", "content") if key in kept}, "headers": headers}


@pytest.fixture
def airflow_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """No scheduler is asked to start anything."""
    for name in ("start", "nudge_sync"):
        monkeypatch.setattr(actions, name, lambda *_: None)


def test_no_answer_is_a_server_error(door: Door, airflow_elsewhere: None) -> None:
    door.app.state.writes = 1_000_000
    seen = fuzz(door.app, door.client("control"), EXAMPLES, SEED)
    assert sum(seen.values()) >= 100, seen
    assert seen[200] and seen[422], seen


def test_every_body_is_in_the_schema(door: Door) -> None:
    paths = schema_of(door.app)["paths"]
    posts = [path for path, methods in paths.items() if "post" in methods]
    assert len(posts) >= 14
    assert [path for path in posts if "requestBody" not in paths[path]["post"]] == []


def test_a_route_that_crashes_is_found(door: Door, airflow_elsewhere: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(actions, "suspend_model", crash)
    door.app.state.writes = 1_000_000
    with pytest.raises(AssertionError, match="suspend"):
        fuzz(door.app, door.client("control"), 40, SEED, only="/suspend")
