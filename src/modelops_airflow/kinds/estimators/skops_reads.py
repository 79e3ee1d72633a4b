"""What a skops file's estimators would read or unpickle when they are used: seen in the archive, without loading it.

skops asks whether types are trusted, not what their parameters make them do. A vectorizer with input="filename" opens
every path that a row of the data names; an estimator with a `memory` unpickles what lies in a folder.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ABSENT = object()
_UNCLEAR = object()


@dataclass(frozen=True)
class Rule:
    """A parameter and the one value that it may have.

    Attributes:
        needed: whether it must be there; else a missing one is as good as the value.
        why: what other values do, and what to do about it.
    """

    parameter: str
    value: str | None
    needed: bool
    why: str


_CONTENT = Rule("input", "content", True, "it opens files that the data names; save the model with input='content', and give it the text itself")
_NO_CACHE = Rule("memory", None, False, "a cache is a folder whose pickles are loaded; save the model with memory=None")

RULES: Mapping[str, Rule] = {
    "sklearn.feature_extraction.text.CountVectorizer": _CONTENT,
    "sklearn.feature_extraction.text.HashingVectorizer": _CONTENT,
    "sklearn.feature_extraction.text.TfidfVectorizer": _CONTENT,
    "sklearn.cluster._agglomerative.AgglomerativeClustering": _NO_CACHE,
    "sklearn.cluster._agglomerative.FeatureAgglomeration": _NO_CACHE,
    "sklearn.cluster._optics.OPTICS": _NO_CACHE,
    "sklearn.pipeline.Pipeline": _NO_CACHE,
}
"""Every estimator of scikit-learn that skops trusts and that reads files by a parameter; a test looks for more."""


def reading_findings(data: bytes) -> list[str]:
    """What speaks against using the objects of a skops file.

    Raises:
        Exception: it is not readable; whatever is raised, it is no skops file.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema = json.loads(archive.read("schema.json"))
    nodes = list(_nodes(schema))
    same: dict[Any, list[Mapping[str, Any]]] = {}
    for node in nodes:
        if node.get("__id__"):
            same.setdefault(node["__id__"], []).append(node)
    found = []
    for node in nodes:
        name = f"{node.get('__module__')}.{node.get('__class__')}"
        rule = RULES.get(name)
        for value in _values(node, rule.parameter, same) if rule else ():
            if rule and value != rule.value and (value is not _ABSENT or rule.needed):
                shown = "of an unclear form" if value is _UNCLEAR else "missing" if value is _ABSENT else repr(value)[:80]
                found.append(f"{name}: {rule.parameter} is {shown}, expected {rule.value!r}: {rule.why}")
    return list(dict.fromkeys(found))


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    """Every object of the schema, wherever it stands."""
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if "__loader__" in one:
                yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def _values(node: Mapping[str, Any], name: str, same: Mapping[Any, Sequence[Mapping[str, Any]]]) -> Iterator[Any]:
    """Every value that an attribute can have once the file is loaded."""
    if node["__loader__"] != "ObjectNode":
        yield _UNCLEAR
        return
    for attributes in _meant(node.get("content"), same):
        content = attributes.get("content")
        if attributes.get("__loader__") != "DictNode" or not isinstance(content, dict):
            yield _UNCLEAR
        elif name not in content:
            yield _ABSENT
        else:
            for value in _meant(content[name], same):
                yield json.loads(value["content"]) if value.get("__loader__") == "JsonNode" else _UNCLEAR


def _meant(node: Any, same: Mapping[Any, Sequence[Mapping[str, Any]]]) -> Sequence[Mapping[str, Any]]:
    """Whatever may be made of an object: skops takes the first with its id, wherever that stands, so any with that id."""
    if not isinstance(node, dict):
        return [{}]
    return same.get(node["__id__"], [node]) if node.get("__id__") else [node]
