"""deploy: see `steps/deploy.py`. While a canary bakes it waits without a worker slot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .bake_trigger import BakeTrigger
from .settings import settings_from_airflow
from .step import StepOperator

if TYPE_CHECKING:
    from airflow.sdk import Context


class DeployOperator(StepOperator):
    """Promotes, publishes, reads back; verifies everything in the register again."""

    def execute(self, context: Context) -> str:
        """Go as far as the register permits, and wait where it says so."""
        return self._go(context)

    def resume(self, context: Context, event: Any = None) -> str:
        """Ask the register again; `event` only woke us."""
        return self._go(context)

    def _go(self, context: Context) -> str:
        from ..steps.bake import Baking

        try:
            return self.run_step(context)
        except Baking as waiting:
            self.log.info("%s", waiting)
            settings = settings_from_airflow()
            self.defer(
                trigger=BakeTrigger(waiting.deployment, max(waiting.left.total_seconds(), 0.0), settings.first_poll, settings.poll),
                method_name="resume",
            )
        raise AssertionError("defer raises")
