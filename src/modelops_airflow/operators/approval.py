"""approval, attestation: wait for people without a worker slot.

Whatever wakes the task, it asks the register again; neither the trigger's event nor the task's
state is an approval.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from ..errors import ModelOpsError, Refused
from .approval_link import ApprovalLink
from .gate_trigger import GateTrigger
from .run import key_of
from .settings import settings_from_airflow

if TYPE_CHECKING:
    from airflow.sdk import Context


class ApprovalSensor(BaseOperator):
    """Waits until the gate of the pinned plan that has this task's id is settled. Never times out."""

    template_fields: Sequence[str] = ()
    operator_extra_links = (ApprovalLink(),)
    ui_color = "#fef7e0"

    def __init__(self, **kwargs: Any) -> None:
        # Airflow may fail a deferred task that resumes while the executor still reports its parking;
        # waiting is idempotent, so another try costs nothing.
        kwargs.setdefault("retries", 3)
        kwargs.setdefault("retry_delay", timedelta(seconds=2))
        super().__init__(**kwargs)

    def execute(self, context: Context) -> str:
        """Open the gate, once, and wait if it is not settled."""
        return self._ask(context)

    def resume(self, context: Context, event: Any = None) -> str:
        """Ask again; `event` only woke us."""
        return self._ask(context)

    def _ask(self, context: Context) -> str:
        from ..governance.gate import open_gate, standings
        from ..inventory.register import Register

        settings = settings_from_airflow()
        register = Register(settings.database_url)
        try:
            gate = open_gate(register, key_of(context), self.task_id)
            standing = standings(register, [gate])[gate]
        except Refused as refusal:
            raise AirflowFailException(str(refusal)) from None
        except ModelOpsError as error:
            raise AirflowException(str(error)) from error
        if standing.state == "approved":
            return f"gate {self.task_id} is approved"
        if standing.state == "rejected":
            raise AirflowFailException(f"gate {self.task_id} is rejected; see the Approvals page")
        self.defer(
            trigger=GateTrigger(gate=gate, first_poll=settings.first_poll, poll=settings.poll),
            method_name="resume",
        )
        raise AssertionError("defer raises")
