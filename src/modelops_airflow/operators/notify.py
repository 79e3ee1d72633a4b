"""notify: one round of telling people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException

from ..errors import ModelOpsError
from .settings import settings_from_airflow

if TYPE_CHECKING:
    from airflow.sdk import Context


class NotifyOperator(BaseOperator):
    """Fills the outbox from the register and sends what waits; fails if a server could not be used, after all others were."""

    template_fields: Sequence[str] = ()

    def execute(self, context: Context) -> str:
        """One round."""
        from ..inventory.register import Register
        from ..steps.notify import notify
        from .notifiers import sending

        try:
            round_ = notify(Register(settings_from_airflow().database_url), sending(_base()))
        except ModelOpsError as error:
            raise AirflowException(str(error)) from error
        for line in round_.told:
            self.log.info("%s", line)
        if round_.trouble:
            raise AirflowException("; ".join(round_.trouble))
        return "; ".join(round_.told) or "nothing to tell"


def _base() -> str:
    """The server's address without a slash at its end; empty where Airflow was not told it."""
    from airflow.configuration import conf

    address: Any = conf.get("api", "base_url", fallback="")
    return str(address or "").rstrip("/")
