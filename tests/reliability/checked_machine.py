"""What every step of the machine is checked with: raw rows, and the model.

After every step whatever came to be on its way or live in it must have had a complete set of approvals then.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import raw_approvals
import raw_ledger
import raw_rows
from hypothesis.stateful import RuleBasedStateMachine, invariant
from moved_clock import clock, from_the_start
from places import Kept, Places
from pure_model import MAYBE, NO, YES, Model
from sqlalchemy.exc import DatabaseError

from bank import APPROVERS, Candidate
from modelops_airflow.errors import Refused
from modelops_airflow.governance.promote import publishing
from modelops_airflow.targets import Release, target_of

_STATE = ("version", "run", "result", "gate", "decision", "slot", "deployment")


class CheckedMachine(RuleBasedStateMachine):
    """A bank, its model, and the checker. `places` (with a moved clock), `kept` and `seen` are set by who runs it."""

    places: ClassVar[Places]
    kept: ClassVar[tuple[Kept, list[Candidate]]]
    seen: ClassVar[Counter[str]]
    compare: ClassVar[bool] = True  # False for a control: then the checker alone has to find it

    def __init__(self) -> None:
        super().__init__()
        from_the_start()
        kept, releases = self.kept
        self.bank = self.places.again(kept)
        self.model = Model()
        self.releases: list[Candidate | None] = list(releases)
        for release in releases:
            self.model.register(release.version, "", passed=True, developers=set())
            for gate, who in APPROVERS if release.version == "1.0.0" else ():
                self.model.vote(0, gate, who, approves=True)
        self.model.promote(0)
        self.model.publish()
        self.epoch = 0
        self.last = self._rows()
        self.deployed = {row["id"]: (row["epoch"], row["state"]) for row in self.last.of("deployment")}
        self.seen["sequences"] += 1

    # The checker

    @invariant()
    def raw_rows_hold(self) -> None:
        """Nothing came to be on its way or live without all its approvals; ledger and tables agree; epochs grow."""
        rows = self.last = self._rows()
        broken = raw_ledger.problems(rows)
        assert broken == [], f"the ledger: {'; '.join(broken)}"
        for row in rows.of("deployment"):
            before, now = self.deployed.get(row["id"]), (row["epoch"], row["state"])
            confirmed = before == (row["epoch"], "publishing") and row["state"] == "live"
            if row["state"] in ("intent", "publishing", "live") and now != before and not confirmed:
                lacks = raw_approvals.lacking(rows, row)
                assert lacks == [], f"deployment {row['id']} is {row['state']}: {'; '.join(lacks)}"
            self.deployed[row["id"]] = now
        epoch = max((row["epoch"] for row in rows.of("slot")), default=0)
        assert epoch >= self.epoch, f"the epoch fell from {self.epoch} to {epoch}"
        self.epoch = epoch
        self.seen["steps"] += 1

    @invariant()
    def the_model_agrees(self) -> None:
        """Every deployment is in the state that the model has."""
        expected = [(one.run, one.cause, one.state) for one in self.model.deployments]
        found = self._deployments(self.last)
        assert not self.compare or found == expected, f"deployments are {found}, the model has {expected}"

    # Small words

    def _expect(self, expected: str, verb: Callable[[], Any], count: str = "acts") -> bool:
        """Do it; answers whether it was done, which must be as the model says. What is refused changes nothing."""
        try:
            verb()
            done = True
        except (Refused, DatabaseError) as refusal:
            if isinstance(refusal, DatabaseError) or refusal.code == "database":  # the second guard, which alone held
                assert "the database refuses" in str(refusal), f"the database says {str(refusal).splitlines()[0]}"
                self.seen["refused by the database alone"] += 1
            done = False
            before, after = self.last, self._rows()
            assert {name: after.of(name) for name in _STATE} == {name: before.of(name) for name in _STATE}, refusal
        self.seen[f"{count} {'done' if done else 'refused'}"] += 1
        assert not self.compare or expected == MAYBE or done == (expected == YES), f"the model says {expected}"
        self.last = self._rows() if done else after
        return done

    def _run(self, number: int) -> tuple[int, Candidate]:
        """One of the runs whose gates are open."""
        known = [(index, release) for index, release in enumerate(self.releases) if release is not None]
        return known[number % len(known)]

    def _rows(self) -> raw_rows.Rows:
        return raw_rows.read(self.bank.url, clock)

    def _deployments(self, rows: raw_rows.Rows) -> list[tuple[int, str, str]]:
        order = [row["id"] for row in rows.of("run")]
        return [(order.index(row["run"]), row["cause"], "intent" if row["state"] == "publishing" else row["state"])
                for row in rows.of("deployment")]

    def _what_maybe_was(self, rows: raw_rows.Rows) -> str:
        """What became of what was on its way, where the model cannot know."""
        going = next(index for index, one in enumerate(self.model.deployments) if one.state == "intent")
        return YES if rows.of("deployment")[going]["state"] == "live" else NO

    def _has_role(self, who: str) -> bool:
        return who in {"dana", "olaf"} | self.model.holders["validator"] | self.model.holders["risk"]

    def _answers(self, who: str) -> bool:
        """Whether somebody is the model's owner or of the control side."""
        return who == "olaf" or who in self.model.holders["validator"] | self.model.holders["risk"]

    def _published(self, release: Candidate) -> None:
        """What a deployer does before it dies."""
        permission = self.bank.promote(release)
        if permission.done:
            return
        publishing(self.bank.register, permission.deployment, permission.epoch)
        target_of("folder", {"path": "live"}, resolve=self.bank.project.resolve).deploy(Release(
            permission.model, permission.environment, permission.version, permission.artifact, permission.epoch,
            permission.subject, lambda: self.bank.store.get(permission.artifact)))
