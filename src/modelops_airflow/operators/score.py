"""score: one task scores a data interval and tells consumers of it by an asset's event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset

from .step import StepOperator

if TYPE_CHECKING:
    from airflow.sdk import Context


class ScoreOperator(StepOperator):
    """Scores the rows of the data interval with what is live.

    Args:
        asset: name of the asset that consumers wait for. Its event has what the register has on record, and proves nothing by itself.
    """

    ui_color = "#e6f4ea"

    def __init__(self, *, asset: str, **kwargs: Any) -> None:
        super().__init__(outlets=[Asset(name=asset, uri=f"modelops://scored/{asset}")], **kwargs)

    def execute(self, context: Context) -> str:
        """Score, and put what is on record into the event."""
        told = super().execute(context)
        self._tell(context)
        return told

    def _tell(self, context: Context) -> None:
        from dataclasses import asdict

        from ..governance.score import scored_by
        from ..inventory.register import Register
        from ..steps.score import scored_interval
        from .run import key_of, open_run
        from .settings import settings_from_airflow

        run = open_run(context)
        interval, environment = scored_interval(run), run.plan.scores
        if interval is None or environment is None:
            return
        found = scored_by(Register(settings_from_airflow().database_url), key_of(context), interval.start, interval.end, environment)
        if found is not None:
            extra = {name: value for name, value in asdict(found).items() if name != "run"}
            context["outlet_events"][self.outlets[0]].extra = {
                **extra, "environment": environment, "begins": interval.start.isoformat(), "ends": interval.end.isoformat()}
