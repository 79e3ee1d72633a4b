"""A model of the end-to-end project that is scored every minute, and a DAG that consumes what it scored."""

from __future__ import annotations

from pathlib import Path

LIFECYCLES = """
lifecycles:
  release: {uses: low-risk-fast-track, steps: {deploy: {with: {to: overnight}}}}
  score: {uses: batch-score, schedule: "* * * * *", steps: {score: {with: {from: overnight}}}}
"""
CONSUMER = '''
"""Starts when overnight-prices was scored, and notes what the event says. (airflow dag)"""

import json
from pathlib import Path

from airflow.sdk import Asset, dag, task

ASSET = Asset(name="overnight-prices.score", uri="modelops://scored/overnight-prices.score")


@dag(dag_id="prices_consumer", schedule=[ASSET], is_paused_upon_creation=False)
def consumer():
    @task
    def note(triggering_asset_events=None):
        events = [event.extra for found in triggering_asset_events.values() for event in found]
        with Path(__file__).with_name("consumed.jsonl").open("a") as file:
            file.writelines(json.dumps(one) + "\\n" for one in events)

    note()


consumer()
'''


def add_batch_model(root: Path) -> None:
    """Into a copy of the project: an environment, the model, and the consumer."""
    dags = root / "dags"
    governance = dags / "governance.yaml"
    governance.write_text(governance.read_text().replace("environments:\n", "environments:\n  overnight: {target: batch, with: {path: overnight}}\n"))
    text = (dags / "models" / "pricing-rules.yaml").read_text().replace("ignore: [application_id]", "key: [application_id]")
    (dags / "models" / "overnight-prices.yaml").write_text(text.rstrip() + LIFECYCLES)
    (dags / "prices_consumer.py").write_text(CONSUMER)
