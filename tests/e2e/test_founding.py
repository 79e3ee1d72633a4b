"""The first governance of a real Airflow: two different people of the control side put it in force."""

from __future__ import annotations

from airflow_world import FOUNDERS, World

from modelops_airflow.governance.activate import active


def test_neither_one_person_twice_nor_a_developer_founds_a_bank(world: World) -> None:
    first, second = FOUNDERS
    told = [(who, status, body.get("state") or body["error"]["code"]) for who, status, body in world.founding]
    assert told == [(first, 201, "pending"), (first, 409, "decided"), ("credit-dev", 403, "role"), (second, 201, "active")]
    with world.register.read() as session:
        assert "validator" in active(session).roles
