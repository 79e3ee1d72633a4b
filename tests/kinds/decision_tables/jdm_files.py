"""Writes JDM files for tests."""

from __future__ import annotations

import itertools
import json

IN, OUT = {"id": "in", "type": "inputNode", "name": "in"}, {"id": "out", "type": "outputNode", "name": "out"}


def table(rules, *, inputs, outputs=("answer",), id_="t", **more):
    """A table node; a rule is its cells."""
    columns = [f"i{place}" for place in range(len(inputs))] + [f"o{place}" for place in range(len(outputs))]
    return {"id": id_, "type": "decisionTableNode", "name": id_, "content": {
        "hitPolicy": "first", "inputs": [{"id": f"i{place}", "name": name, "field": name} for place, name in enumerate(inputs)],
        "outputs": [{"id": f"o{place}", "name": name, "field": name} for place, name in enumerate(outputs)],
        "rules": [{"_id": str(place), **dict(zip(columns, row, strict=True))} for place, row in enumerate(rules)], **more}}


def expressions(*pairs, id_="e", **more):
    """An expression node of (field, expression)."""
    return {"id": id_, "type": "expressionNode", "name": id_, "content": {
        "expressions": [{"id": str(place), "key": key, "value": value} for place, (key, value) in enumerate(pairs)], **more}}


def jdm(*nodes, edges=None):
    """A file of an input, the nodes, and an output; without edges one after the other."""
    line = ["in", *(node["id"] for node in nodes), "out"]
    pairs = edges if edges is not None else list(itertools.pairwise(line))
    return json.dumps({"nodes": [IN, *nodes, OUT], "edges": [{"id": f"{a}{b}", "type": "edge", "sourceId": a, "targetId": b} for a, b in pairs]}).encode()
