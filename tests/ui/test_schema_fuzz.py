"""Schemathesis against the API's own schema, in this process: whatever fits or breaks it, no answer is a 5xx.

The schema is not served; the bodies, which routes read by themselves, are put into it here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from identities import Door
from route_table import table

from modelops_airflow.ui.api import actions
from modelops_airflow.ui.guard import Body

SEED = 20261124
EXAMPLES = 3  # a route and mode
MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)

THERE: dict[str, Any] = {  # names that are there, so that a request gets past its address
    "model_id": {"enum": ["credit-risk", "income-screen", "pricing-rules", "churn", "none"]}, "step": {"enum": ["drift", "bias", "profile", "data-quality"]}, "name": {"enum": ["datasheet.md", "evidently.html"]},
    "gate_id": {"enum": [1, 2, 3, 4, 99]}, "run_id": {"enum": [1, 2, 12, 99]}, "decision_id": {"enum": [1, 2, 3, 99]}, "incident_id": {"enum": [1, 99]}, "index": {"enum": [0, 1, 99]},
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


@dataclass
class Fuzzed:
    """What was asked and answered: requests by operation ("POST /votes") and mode, and the answers by status."""

    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    answered: Counter[int] = field(default_factory=Counter)


def fuzz(app: FastAPI, client: TestClient, examples: int, start: int, only: str = "") -> Fuzzed:
    """Requests that fit the schema, and such that break it, to every operation; with a seed, so that a run repeats.

    Raises:
        AssertionError: an answer is a 5xx; the message has the request.
    """
    done = Fuzzed()
    loaded = schemathesis.openapi.from_dict(schema_of(app))
    for result in loaded.get_all_operations():
        operation = result.ok()
        for mode in MODES if operation.path.endswith(only) else ():
            _fuzz_one(operation, mode, client, examples, start, done)
    return done


def not_asked(app: FastAPI, done: Fuzzed) -> list[tuple[str, str]]:
    """Every method of every route, with each mode, that got no request; none is exempt, for each can be generated."""
    wanted = {(f"{method} {entry.path}", mode.value) for entry in table(app) for method in entry.methods for mode in MODES}
    return sorted(wanted - set(done.asked))


def _fuzz_one(operation: Any, mode: Any, client: TestClient, examples: int, start: int, done: Fuzzed) -> None:
    @seed(start)
    @settings(max_examples=examples, deadline=None, database=None, derandomize=False, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        answer = client.request(**_request(case, client))
        done.asked[operation.label, mode.value] += 1
        done.answered[answer.status_code] += 1
        assert answer.status_code < 500, f"{case.method} {case.formatted_path} {case.query} {case.body!r}: {answer.text}"

    run()


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


def test_no_answer_is_a_server_error_and_every_route_is_asked_both_ways(door: Door, airflow_elsewhere: None) -> None:
    door.app.state.writes = 1_000_000
    done = fuzz(door.app, door.client("control"), EXAMPLES, SEED)
    assert not_asked(door.app, done) == []
    assert min(done.asked.values()) == EXAMPLES, done.asked
    assert done.answered[200] and done.answered[422], done.answered


def test_a_route_that_is_not_asked_is_found(door: Door, airflow_elsewhere: None) -> None:
    left_out = next(entry for entry in table(door.app) if entry.path.endswith("/summary"))
    left_out.route.include_in_schema = False
    door.app.state.writes = 1_000_000
    done = fuzz(door.app, door.client("control"), 1, SEED)
    assert not_asked(door.app, done) == [(f"GET {left_out.path}", "negative"), (f"GET {left_out.path}", "positive")]


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
