"""bake: the part of deploy before the environment it is for: into the canary, and there for as long as the plan says.

Whatever happens between, the next try reads the register and goes on from there; a task's own state plays no part.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import ModelOpsError, PromotionRefused
from ..governance.promote import Promotion, promote_canary
from ..governance.reconcile import SlotState, slots
from ..governance.strategy import strategy_of
from ..governance.trial import bake_left
from ..targets import Target, strengths, target_of
from .register_journal import RegisterJournal
from .run import Run
from .second_look import doubts
from .trial import pull_from, take_away, trouble_of

if TYPE_CHECKING:
    from datetime import timedelta


class Baking(Exception):
    """The canary is live and must bake still.

    Attributes:
        deployment: its row in the register.
        left: for how long, by the database's clock.
    """

    def __init__(self, told: str, deployment: int, left: timedelta) -> None:
        super().__init__(told)
        self.deployment, self.left = deployment, left


def bake(run: Run, journal: RegisterJournal, publish: Callable[[Promotion], None]) -> None:
    """Bring a run's version into the canary of its plan and see that it has baked there; nothing where the plan has none.

    Raises:
        Baking: not for long enough yet.
        PromotionRefused: it may not go there, or was pulled back.
        TargetError: the canary's place did not take it, or cannot be read: unknown is never good.
    """
    register = journal.register
    permission = promote_canary(register, journal.key, strengths=strengths(), doubts=doubts(register, run.store, journal.key),
                                approval_public=run.approval_public)
    if permission is None:
        return
    if not permission.done:
        publish(permission)
    for slot, target in _places(run, journal, permission.environment):
        if why := trouble_of(slot, target, target.observed(slot.model)):
            pulled = pull_from(register, run.store, slot, target, why, run.approval_public)
            raise PromotionRefused(pulled.told if pulled else f"the canary in {permission.environment}: {why}", "pulled-back", permission.model)
    if waits := bake_left(register, permission.deployment):
        left, trial = waits
        raise Baking(f"version {permission.version} of {permission.model} is in {permission.environment}, {trial.told}", permission.deployment, left)


def end_bake(run: Run, journal: RegisterJournal) -> None:
    """Take the canary away from its place after the release is live; what cannot be done now the next reconciliation does."""
    through = strategy_of(run.plan.to_json()).through
    if through is not None:
        with suppress(ModelOpsError, OSError):
            for slot, target in _places(run, journal, through):
                take_away(journal.register, slot, target)


def _places(run: Run, journal: RegisterJournal, environment: str) -> list[tuple[SlotState, Target]]:
    return [(slot, target_of(slot.place.target, slot.place.options, resolve=run.project.resolve, connections=run.connections))
            for slot in slots(journal.register, run.plan.model_id) if slot.environment == environment and slot.place is not None]
