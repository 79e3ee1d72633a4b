"""A canary that bakes: the task waits without a worker slot until its time is over, or it is no longer live."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from ..inventory.register import Register
from ..inventory.tables import DeploymentRow, DeploymentState
from .settings import settings_from_airflow

log = logging.getLogger(__name__)


class BakeTrigger(BaseTrigger):
    """Fires when a canary may have baked for long enough, or was taken out of service; it decides nothing.

    Args:
        deployment: id of the canary's deployment in the register.
        seconds: how long it must bake still.
        first_poll: seconds before the first look: Airflow fails a task that resumes while its parking is still being reported.
        poll: seconds between looks.
    """

    def __init__(self, deployment: int, seconds: float, first_poll: float, poll: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow leaves it untyped
        self.deployment, self.seconds, self.first_poll, self.poll = deployment, seconds, first_poll, poll

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """For Airflow's database; no address or secret is in it."""
        return (f"{type(self).__module__}.{type(self).__qualname__}",
                {"deployment": self.deployment, "seconds": self.seconds, "first_poll": self.first_poll, "poll": self.poll})

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.seconds
        await asyncio.sleep(self.first_poll)
        while (left := end - loop.time()) > 0 and await self._live():
            await asyncio.sleep(min(left, self.poll))
        yield TriggerEvent({"deployment": self.deployment})  # type: ignore[no-untyped-call]  # Airflow leaves it untyped

    async def _live(self) -> bool:
        try:
            return await asyncio.to_thread(is_live, self.deployment)
        except Exception:  # the register is away for a moment: keep waiting, and say so
            log.exception("the register could not be asked; trying again")
            return True


def is_live(deployment: int) -> bool:
    """Whether a deployment is live."""
    with Register(settings_from_airflow().database_url).read() as session:
        row = session.get(DeploymentRow, deployment)
        return row is not None and row.state == DeploymentState.LIVE
