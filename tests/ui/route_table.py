"""The routes of an app as a table: every one, mounted ones too, with what each depends on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Mount

from modelops_airflow.ui.guard import GUARDS

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@dataclass(frozen=True)
class Entry:
    """One route: its template, its methods, and whether every guard stands before it, in order."""

    path: str
    methods: frozenset[str]
    guarded: bool
    route: Any


def table(app: FastAPI) -> list[Entry]:
    """Every route but the files under /static."""
    return list(_entries(app.routes, ""))


def _entries(routes: Sequence[BaseRoute], prefix: str) -> Iterator[Entry]:
    for route in routes:
        if isinstance(route, Mount) and (prefix + route.path, route.name) == ("/static", "static"):
            continue
        inner = getattr(route, "routes", None)
        if inner:
            yield from _entries(inner, prefix + getattr(route, "path", ""))
        else:
            yield Entry(prefix + getattr(route, "path", "?"), frozenset(getattr(route, "methods", None) or ()), _guarded(route), route)


def _guarded(route: BaseRoute) -> bool:
    """Whether the guards are the first dependencies that run."""
    if not isinstance(route, APIRoute):
        return False
    calls = [one.call for one in route.dependant.dependencies]
    return calls[: len(GUARDS)] == [guard.dependency for guard in GUARDS]
