"""One broken file harms nobody else; a changed governance.yaml gives nobody anything."""

from __future__ import annotations

from airflow_client import until
from airflow_world import World

from modelops_airflow.governance.activate import active


def test_one_broken_file_is_a_red_row_and_one_import_error_and_the_others_run(world: World) -> None:
    models = world.root / "dags" / "models"
    for number in range(6):
        text = (models / "pricing-rules.yaml").read_text()
        (models / f"copy-{number}.yaml").write_text(text)
    (models / "copy-3.yaml").write_text((models / "copy-3.yaml").read_text().replace("tier: 3", "tier: 9"))
    operator = world.person("operator")
    good = len(list(models.glob("*.yaml"))) - 1
    until("all but one model have DAGs", lambda: _releases(world) == good, 60)
    errors = until("the import error is there", lambda: operator.airflow("GET", "/importErrors").json()["import_errors"], 60)
    assert len(errors) == 1
    assert "dags/models/copy-3.yaml:5:9: SPEC012 model.tier" in errors[0]["stack_trace"]
    operator.start("modelops.sync")
    row = until("the red row is there", lambda: _row(world, "copy-3"), 150)
    assert [(one["file"], one["line"], one["column"]) for one in row["problems"]] == [("dags/models/copy-3.yaml", 5, 9)]
    for number in range(6):
        (models / f"copy-{number}.yaml").unlink()


def test_a_developer_who_takes_the_risk_role_in_the_file_gains_nothing(world: World) -> None:
    file = world.root / "dags" / "governance.yaml"
    before = file.read_text()
    file.write_text(before.replace("  developer: {side: make, held_by: [credit-dev]}\n", "")
                    .replace("risk: {side: control, held_by: [risk-1, risk-2]}", "risk: {side: control, held_by: [risk-1, risk-2, credit-dev]}"))
    try:
        auditor, developer = world.person("auditor-1"), world.person("credit-dev")
        world.person("operator").start("modelops.sync")
        pending = until("the change is pending", lambda: auditor.modelops("GET", "/governance").json().get("pending"), 150)
        assert "risk" not in developer.modelops("GET", "/me").json()["roles"]
        answer = developer.modelops("POST", "/governance/activation", {"digest": pending["digest"]})
        assert answer.status_code == 403, answer.text
        with world.register.read() as session:
            assert "credit-dev" not in active(session).roles["risk"].held_by
        assert world.person("legal-1").modelops("POST", "/governance/activation", {"digest": pending["digest"]}).status_code == 201
        with world.register.read() as session:
            assert "credit-dev" in active(session).roles["risk"].held_by
    finally:
        file.write_text(before)


def _releases(world: World) -> int:
    dags = world.person("operator").airflow("GET", "/dags?limit=200&dag_id_pattern=release").json()["dags"]
    return len({dag["dag_id"] for dag in dags})


def _row(world: World, model: str) -> dict | None:
    items = world.person("auditor-1").modelops("GET", f"/models?q={model}").json()["items"]
    return next((one for one in items if one["id"] == model and one["problems"]), None)


