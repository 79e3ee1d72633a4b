"""JSON Schema of our YAML files, for editors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .policy import Policy
from .read import OWN
from .types import Governance, Lifecycle, ModelFile, Strict

KINDS: Mapping[str, type[Strict]] = {"model": ModelFile, "governance": Governance, "lifecycle": Lifecycle, "policy": Policy}


def json_schema(kind: str) -> dict[str, Any]:
    """The schema of one kind of file: model, governance, lifecycle or policy."""
    body = KINDS[kind].model_json_schema(by_alias=True)
    if kind == "governance":
        body["properties"] = {key: one for key, one in body["properties"].items() if key not in OWN}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:modelops-airflow:{kind}:1", **body}
