"""Keyset paging: a page starts after the last key of the one before it, however the list has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

LARGEST_PAGE = 200

Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE)]
After = Annotated[str | None, Query(max_length=200)]

T = TypeVar("T")


def page_of(
    rows: Sequence[T], key: Callable[[T], str], after: str | None, limit: int
) -> tuple[Sequence[T], str | None]:
    """The rows after a key, and the key to ask for next, or None at the end. `rows` is sorted by `key`."""
    rest = [row for row in rows if after is None or key(row) > after]
    chosen = rest[:limit]
    return chosen, key(chosen[-1]) if len(rest) > limit else None
