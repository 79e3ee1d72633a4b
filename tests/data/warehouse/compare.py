"""The same rows twice: counted by an engine, and read here."""

from __future__ import annotations

import pyarrow as pa

from data.warehouse.engines import Engine
from data.warehouse.same import differences, moments_off
from data.warehouse.warehouse_rows import ROLES
from modelops_airflow.data.dataset import Dataset, open_dataset
from modelops_airflow.data.prepare import profiles_of
from modelops_airflow.data.profile import Profile
from modelops_airflow.data.scan import edges_of, scan
from modelops_airflow.data.values import label


def source(engine: Engine, table: str, push_down: bool = True, **more) -> Dataset:
    """A table of the engine's as a model file names it."""
    return open_dataset({"sql": f"SELECT * FROM {table}", "connection": "w", "push_down": push_down} | more,
                        resolve=None, connections=lambda _name: engine.url)


def _facts(columns):
    return {"protected": tuple(columns["protected"]), "favourable": label(columns["favourable"])}


def read_here(old: pa.Table, new: pa.Table, columns: dict) -> tuple[Profile, Profile]:
    """Baseline and current as the local scan has them."""
    before = scan(old, ROLES, **_facts(columns))
    return before, scan(new, ROLES, **_facts(columns), edges=edges_of(before))


def compare(engine: Engine, old: pa.Table, new: pa.Table, columns: dict) -> tuple[Profile, Profile]:
    """Puts both sides into the engine, asserts that it counts what is read here, and gives that."""
    engine.put("old", old)
    engine.put("new", new)
    before, after = read_here(engine.holds(old), engine.holds(new), columns)
    told = profiles_of(source(engine, "new"), source(engine, "old"), columns)
    assert told.pushed == ("current", "baseline")
    assert differences(before.to_json(), told.baseline.to_json()) == []
    assert differences(after.to_json(), told.current.to_json()) == []
    for table, profile in ((old, told.baseline), (new, told.current)):
        assert moments_off(engine.holds(table), profile.to_json()["columns"]) == []
    return before, after
