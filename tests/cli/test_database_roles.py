"""modelops db roles and modelops up on a register of Postgres."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from bank import Postgres, postgres
from modelops_airflow.inventory.register import Register
from modelops_airflow.ledger import append

__all__ = ["postgres"]

Modelops = Callable[..., Any]


def test_the_roles_are_printed_as_sql_that_names_them(modelops: Modelops) -> None:
    answer = modelops("db", "roles", "--print", "--prefix", "desk")
    assert answer.code == 0
    assert 'CREATE ROLE "desk_worker" LOGIN' in answer.out
    told = json.loads(modelops("db", "roles", "--print", "--prefix", "desk", "--json").out)
    assert told["roles"] == {"owner": "desk_owner", "api": "desk_api", "worker": "desk_worker"}
    assert told["sql"] == answer.out


@pytest.mark.parametrize("arguments", [(), ("--print", "--apply", "postgresql+psycopg://x@127.0.0.1:1/x"),
                                       ("--print", "--prefix", "No Name"), ("--apply", "sqlite:///here.db"),
                                       ("--apply", "postgresql+psycopg://x@127.0.0.1:1/x")])
def test_what_cannot_be_done_is_one_line(modelops: Modelops, arguments: tuple[str, ...]) -> None:
    answer = modelops("db", "roles", *arguments)
    assert answer.code == 2
    assert len(answer.err.strip().splitlines()) == 1
    assert "Traceback" not in answer.err


def test_an_empty_database_becomes_a_register_with_roles_and_a_worker_may_not_apply_it_again(
    modelops: Modelops, postgres: Postgres
) -> None:
    url, prefix = postgres.new(template="template0"), f"desk{uuid.uuid4().hex[:6]}"
    answer = modelops("db", "roles", "--apply", url, "--prefix", prefix, "--json")
    assert (answer.code, json.loads(answer.out)["roles"]["api"]) == (0, f"{prefix}_api")
    worker = url.replace("://bank@", f"://{prefix}_worker@")
    Register(worker).check()
    refused = modelops("db", "roles", "--apply", worker, "--prefix", prefix)
    assert refused.code == 2
    assert "log in as a superuser" in refused.err


def test_a_demo_starts_in_no_register_that_is_in_use(modelops: Modelops, project: Path, postgres: Postgres) -> None:
    url = postgres.new()
    register = Register(url)
    with register.write() as session:
        append(session, "told", {})
    register.engine.dispose()
    refused = modelops("up", "--demo", "--register", url)
    assert refused.code == 2
    assert "has events already" in refused.err
    assert [path.name for path in (project / ".demo").iterdir()] == ["running.json"], "the lock alone"
    assert "give both" in modelops("up", "--api-register", url).err
