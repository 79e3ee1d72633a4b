"""recertify: one task settles and claims, and one a claimed model starts its own life cycle. What is started when is decided in the register."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Asset, BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

from ..errors import ModelOpsError
from .settings import settings_from_airflow

if TYPE_CHECKING:
    from airflow.sdk import Context

RECERTIFY = Asset(name="modelops.recertify", uri="modelops://recertify")
"""One event a model that is started, under the model's id as its partition. It proves nothing; the register does."""


class ClaimOperator(BaseOperator):
    """Settles what runs, and claims what may run next; answers it, a few rows whatever the size of the fleet."""

    template_fields: Sequence[str] = ()

    def execute(self, context: Context) -> list[dict[str, Any]]:
        """One round."""
        from ..governance.claim import claim
        from ..governance.settle import settle
        from ..inventory.register import Register

        register, holder = Register(settings_from_airflow().database_url), str(context["dag_run"].run_id)
        try:
            for line in settle(register, lambda dag, run: _seen(context, dag, run)):
                self.log.info("%s", line)
            claims = claim(register, holder)
        except ModelOpsError as error:
            raise AirflowException(str(error)) from error
        for one in claims:
            self.log.info("%s: to be started as run %s of %s", one.model_id, one.run_id, one.dag_id)
        return [asdict(one) for one in claims]


class StartOperator(TriggerDagRunOperator):
    """Starts one claimed model's life cycle, once: by the name of its run, which Airflow has once.

    Args:
        claimed: what the round answered; only the number of the row is believed, the rest is read from the register again.
    """

    template_fields: Sequence[str] = ()
    operator_extra_links = []  # noqa: RUF012 - a list in the base; Airflow's own link asks the mapped operator for a DAG that only a claim names

    def __init__(self, *, claimed: Any, **kwargs: Any) -> None:
        super().__init__(trigger_dag_id="", logical_date=None, skip_when_already_exists=True, **kwargs)
        self.claimed = claimed

    def execute(self, context: Context) -> None:
        """Start it, unless somebody else has it by now."""
        from ..governance.claim import still_held
        from ..inventory.register import Register

        held = still_held(Register(settings_from_airflow().database_url), int(self.claimed["row"]), str(context["dag_run"].run_id))
        if held is None:
            raise AirflowSkipException("its lease is over, or another round has it")
        self.trigger_dag_id, self.trigger_run_id = held.dag_id, held.run_id
        context["outlet_events"][RECERTIFY].add_partitions(held.model_id)
        super().execute(context)


def _seen(context: Context, dag_id: str, run_id: str) -> str | None:
    """Airflow's word for a run; None for one that it does not have."""
    task: Any = context["ti"]
    return str(task.get_dagrun_state(dag_id, run_id)) if task.get_dr_count(dag_id, run_ids=[run_id]) else None
