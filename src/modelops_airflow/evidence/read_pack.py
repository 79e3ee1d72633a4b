"""Verifying a pack of whichever form; `verify.py` decides over those that are made today."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .first_form import is_first_form, verify_first_form
from .verify import Wrong, unzipped, verify


def verify_pack(data: bytes, trust: Collection[str] = ()) -> dict[str, Any]:
    """What a pack establishes: problems, established, gaps, and the fingerprint of its origin or None.

    Args:
        trust: fingerprints of keys that the reader has from elsewhere.
    """
    try:
        members = unzipped(data)
    except Wrong as error:
        return _nothing(str(error))
    try:
        return verify_first_form(members, trust) if is_first_form(members) else verify(data, trust)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        return _nothing(f"the pack cannot be read as one: {error!r:.150}")


def _nothing(problem: str) -> dict[str, Any]:
    return {"problems": [problem], "established": [], "gaps": [], "origin": None}
