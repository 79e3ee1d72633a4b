"""A plan while it is being made: the merged steps, where they were written, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..checks import CHECKS, Check
from ..checks.own import NONE, OwnCheck, OwnChecks
from ..policy.demands import ControlRules
from ..policy.in_force import SHIPPED, Library
from ..policy.merge import Merged
from ..policy.resolve import PackStanding
from ..spec.document import Path
from ..spec.policy import Stage, TierRules
from ..spec.problem import Problem
from ..spec.read import Source
from ..spec.types import Governance, LifecycleUse, ModelFile
from .kinds_of_step import STEP_KINDS


@dataclass
class Draft:
    """Mutable while `make` works; never leaves this package.

    Attributes:
        written: path in the model file of each step that the file changes.
        rules: what each policy asks, by the words people see (`house, tier 2`, `nyc-ll144 LL144-SEL`).
        own: the checks of the project's own.
        library: the life cycles and policy packs that there are.
        environment: of the installation (`[modelops] environment`); empty where it has none of its own.
        overlay: what an environment put in the place of the file's, and where that is written.
        added: steps that governance asks for, and the words that people see.
        packs: the policy packs that somebody names, and whether each applies.
        attested: gate -> the controls that its decision covers, by the words people see.
    """

    model: Source[ModelFile]
    governance: Governance
    lifecycle: str
    use: LifecycleUse
    rules: Mapping[str, TierRules]
    own: OwnChecks = NONE
    library: Library = SHIPPED
    environment: str = ""
    packs: Sequence[PackStanding] = ()
    attested: dict[str, list[str]] = field(default_factory=dict)
    steps: list[Merged] = field(default_factory=list)
    written: dict[str, Path] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    overlay: dict[str, str] = field(default_factory=dict)
    added: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """Path of the life cycle in the file; the file's `model` where defaults supply it."""
        uses = self.model.spec.lifecycles
        return ("lifecycles", self.lifecycle) if uses and self.lifecycle in uses else ("model", "tier")

    @property
    def deploys(self) -> bool:
        """Whether the life cycle puts something into production."""
        return any(step.uses == "deploy" for step in self.steps)

    @property
    def scheduled(self) -> bool:
        """Whether the life cycle runs on a schedule, over a data interval."""
        return self.library.lifecycles[self.use.uses].spec.on == "schedule"

    @property
    def stage(self) -> Stage | None:
        """What a control calls the life cycle: a release deploys, a review asks for an attestation; None for any other."""
        if self.deploys:
            return "release"
        asked = [*(step.uses for step in self.library.steps(self.use.uses)), *(change.uses for change in self.use.steps.values() if change.insert is not None)]
        return "review" if "attestation" in asked else None

    def demanded(self) -> dict[str, TierRules]:
        """The rules whose steps the life cycle must have: of tiers those of a release, of controls those that name its stage."""
        return {words: rules for words, rules in self.rules.items()
                if (self.stage in rules.at if isinstance(rules, ControlRules) else self.deploys)}

    def named(self, words: str) -> Path:
        """Path of the pack in the model file; of one that governance.yaml names, that of the tier."""
        pack = words.split(",", maxsplit=1)[0].split(" ", maxsplit=1)[0]
        policies = self.model.spec.policies
        return ("policies", policies.index(pack)) if pack in policies else ("model", "tier")

    def check(self, uses: str) -> Check | OwnCheck | None:
        """The check of a kind of step: one of the package, or one of the project's own; None for another kind of step."""
        return CHECKS[uses] if uses in CHECKS else self.own.declared.get(uses)

    def metrics(self, uses: str) -> tuple[str, ...]:
        """Metrics a kind of step produces; none for an unknown kind."""
        found = self.check(uses)
        if found is None:
            return STEP_KINDS[uses].metrics if uses in STEP_KINDS else ()
        return found.metrics

    def kinds(self) -> list[str]:
        """Every kind of step there is."""
        return sorted([*STEP_KINDS, *CHECKS, *self.own.declared])

    def at(self, step: Merged, *more: str) -> Path:
        """Path of a step's part, or of the nearest thing written."""
        return (*self.written.get(step.id, self.root), *more)

    def problem(
        self, path: Path, code: str, message: str, *, expected: str = "", found: str = "", next_step: str = ""
    ) -> None:
        """Note a problem at a path of the model file."""
        self.problems.append(
            self.model.problem(path, code, message, expected=expected, found=found, next_step=next_step)
        )
