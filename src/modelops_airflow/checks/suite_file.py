"""A suite file of Great Expectations, as JSON on disk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..errors import CheckError
from .vocabulary import PARTS, SEVERITIES


def read_suite(name: str, path: Path) -> dict[str, Any]:
    """The suite in a file, fit to be run: a list of expectations with types, mappings and severities.

    Args:
        name: as the model file has it, for messages.

    Raises:
        CheckError: it cannot be read, is no suite, or expects nothing.
    """
    body = parse_suite(name, _text(name, path))
    for one in body["expectations"]:
        if not isinstance(one.get("kwargs") or {}, dict):
            raise CheckError(f"suite {name!r}: kwargs of {one['type']} are no mapping")
        if stray := sorted(one.keys() - PARTS):
            raise CheckError(f"suite {name!r}: {one['type']} has {', '.join(map(repr, stray))}, which is no part of an expectation; "
                             f"expected {', '.join(sorted(PARTS))}")
        if one.get("severity") is not None and one["severity"] not in SEVERITIES:
            raise CheckError(f"suite {name!r}: severity {one['severity']!r} of {one['type']}; expected one of {', '.join(SEVERITIES)}")
    return body


def parse_suite(name: str, text: str) -> dict[str, Any]:
    """The suite in a text, of which only this is sure: `expectations` is a list of mappings that have a `type`, and it is not empty.

    Raises:
        CheckError: it is no JSON, no suite, or expects nothing.
    """
    try:
        body: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckError(f"suite {name!r} cannot be read: {error}") from None
    listed = body.get("expectations") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) and isinstance(one.get("type"), str) for one in listed):
        old = isinstance(listed, list) and any(isinstance(one, dict) and "expectation_type" in one for one in listed)
        hint = "; `expectation_type` is from before Great Expectations 1.0: write `type`" if old else ""
        raise CheckError(f"suite {name!r} is no suite of Great Expectations: expected a list `expectations` of {{type, kwargs}}{hint}")
    if not listed:
        raise CheckError(f"suite {name!r} expects nothing; a check of nothing proves nothing")
    return dict(body)


def _text(name: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise CheckError(f"suite {name!r} cannot be read: {error}") from None
