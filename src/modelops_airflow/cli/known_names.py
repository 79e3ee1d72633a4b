"""The JSON Schema of our files with the names that are known here: kinds and targets, other packages' too, each with its options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..parameters import Parameter


def schema_here(kind: str) -> dict[str, Any]:
    """The schema of one kind of file: model, governance, lifecycle or policy.

    Raises:
        ModelOpsError: a package that adds names fails to import.
    """
    from ..registry import demand_extensions
    from ..spec.schema import json_schema

    demand_extensions()
    body = json_schema(kind)
    if kind == "model":
        _choose(body["$defs"]["Model"], "kind", _kinds())
    if kind == "governance":
        _choose(body["$defs"]["Environment"], "target", _targets())
    return body


def _kinds() -> dict[str, tuple[str, Mapping[str, Parameter]]]:
    from ..kinds import KINDS

    return {name: (one.summary, one.parameters) for name, one in KINDS.items()}


def _targets() -> dict[str, tuple[str, Mapping[str, Parameter]]]:
    from ..targets import TARGETS, parameters_of_target

    return {name: (one.summary, parameters_of_target(name)) for name, one in TARGETS.items()}


def _choose(part: dict[str, Any], key: str, known: Mapping[str, tuple[str, Mapping[str, Parameter]]]) -> None:
    """Only known names under a key; which one decides what `with` may have."""
    from ..parameters import options_schema

    part["properties"][key] |= {"enum": list(known), "enumDescriptions": [summary for summary, _ in known.values()]}
    part["allOf"] = [{
        "if": {"properties": {key: {"const": name}}, "required": [key]},
        "then": {"properties": {"with": options_schema(parameters)}} | ({"required": ["with"]} if any(one.required for one in parameters.values()) else {}),
    } for name, (_, parameters) in known.items()]
