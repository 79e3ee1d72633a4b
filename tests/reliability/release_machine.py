"""A machine that does to a bank whatever people do, in any order.

The register is a real one, on SQLite or on Postgres; its clock is the database's own, moved by hand.
"""

from __future__ import annotations

from typing import Any

from checked_machine import CheckedMachine
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from moved_clock import go_by
from pure_model import GATES, MAYBE, NO, YES

from bank import held, person
from modelops_airflow.digest import digest_of
from modelops_airflow.governance.activate import activate, propose
from modelops_airflow.governance.promote import confirm_live
from modelops_airflow.governance.rollback import rollback
from modelops_airflow.governance.stop import retire, suspend
from modelops_airflow.governance.transaction import Actor
from modelops_airflow.governance.vote import withdraw
from modelops_airflow.steps.deploy import publish
from modelops_airflow.targets import strengths

PEOPLE = st.sampled_from(["dana", "olaf", "vera", "rita", "rolf", "ruth"])
GATE = st.sampled_from(list(GATES))
NUMBER = st.integers(0, 30)


class ReleaseMachine(CheckedMachine):
    """People, releases, production and time."""

    # Releases

    @rule(again=NUMBER, change=st.sampled_from(["", "", "purpose", "vera", "rita"]), good=st.sampled_from([True, True, True, False]))
    def register(self, again: int, change: str, good: bool) -> None:
        """A new version, or a run of one that is there: as it was, with other words, or by other hands."""
        count = len({run.version for run in self.model.runs})
        version = f"1.{min(again, count)}.0"
        plan: dict[str, Any] = {"purpose": "Other words."} if change == "purpose" else {}
        if change in ("vera", "rita"):
            plan = {"developers": ["dana", change]}
        name = f"run-{len(self.model.runs)}"
        if version in self.model.retired:
            self._expect(NO, lambda: self.bank.pin(version, run=name, **plan))
            return
        key = self.bank.pin(version, run=name, **plan)
        self.bank.measure(key, 0.92 if good else 0.5)
        assert self.bank.decide(key) == ("pass" if good else "fail")
        self.model.register(version, change, passed=good, developers={change} - {"purpose", ""})
        self.releases.append(self.bank.gates(key) if good else None)

    @rule(number=NUMBER)
    def swap_the_artifact(self, number: int) -> None:
        """Other bytes under a version that is bound to its own."""
        self._expect(NO, lambda: self.bank.pin(self._run(number)[1].version, run="swap", text="other bytes"))

    # People

    @rule(number=NUMBER, gate=GATE, who=PEOPLE, approves=st.sampled_from([True, True, True, False]))
    def decide(self, number: int, gate: str, who: str, approves: bool) -> None:
        """Somebody approves or rejects."""
        run, release = self._run(number)
        if self._expect(self.model.may_vote(run, gate, who, approves=approves),
                        lambda: self.bank.vote(release, gate, who, "approve" if approves else "reject")):
            self.model.vote(run, gate, who, approves=approves)

    @rule(number=NUMBER)
    def everybody_approves(self, number: int) -> None:
        """Whoever may approve does."""
        for gate in GATES:
            for who in ("vera", "ruth", "rita", "rolf"):
                if self.model.may_vote(self._run(number)[0], gate, who, approves=True) == YES:
                    self.decide(number, gate, who, True)

    @rule(number=NUMBER, other=NUMBER, gate=GATE, who=PEOPLE)
    def replay_another_subject(self, number: int, other: int, gate: str, who: str) -> None:
        """An approval of what somebody saw elsewhere."""
        release, seen = self._run(number)[1], self._run(other)[1].subject
        if seen != release.subject:
            self._expect(NO, lambda: self.bank.vote(release, gate, who, subject=seen))

    @rule(number=NUMBER, gate=GATE)
    def a_stranger_approves(self, number: int, gate: str) -> None:
        """Somebody whom governance does not know."""
        self._expect(NO, lambda: self.bank.vote(self._run(number)[1], gate, Actor("simple", "mallory", "vera")))

    @precondition(lambda self: self.model.votes)
    @rule(number=NUMBER, who=st.one_of(st.none(), PEOPLE))
    def take_back(self, number: int, who: str | None) -> None:
        """Somebody takes a decision back: their own (None), or anybody's."""
        index = number % len(self.model.votes)
        vote = self.model.votes[index]
        name = who or vote.person
        decision = self.last.of("decision")[index]["id"]  # Postgres leaves numbers out
        if self._expect(YES if name == vote.person and not vote.taken else NO,
                        lambda: withdraw(self.bank.register, decision, person(name))):
            vote.taken = True

    @rule(validators=st.sampled_from([["vera"], ["ruth"], ["vera", "ruth"]]),
          risk=st.sampled_from([["rita", "rolf", "ruth"], ["rita", "rolf"], ["rolf", "ruth"], ["rita"]]), who=PEOPLE)
    def change_the_roles(self, validators: list[str], risk: list[str], who: str) -> None:
        """Another governance, activated by somebody under the old one."""
        body, held_now = held(validator=validators, risk=risk), self.model.holders
        if propose(self.bank.register, body, "sync") == "active":
            return
        wanted = {"validator": set(validators), "risk": set(risk)}
        control = who in held_now["validator"] | held_now["risk"]
        gains = any(who in wanted[role] - held_now[role] for role in wanted)
        if self._expect(YES if control and not gains else NO,
                        lambda: activate(self.bank.register, digest_of(body), person(who))):
            self.model.holders = wanted

    @rule(hours=st.sampled_from([1, 24 * 30, 24 * 89, 24 * 91]))
    def time_goes_by(self, hours: int) -> None:
        """On the database's clock."""
        go_by(self.bank.url, hours)
        self.seen["clock moved"] += 1
        self.model.hour += hours

    # Production

    @rule(number=NUMBER)
    def promote(self, number: int) -> None:
        """The fence is taken and nothing is published."""
        run, release = self._run(number)
        if self._expect(self.model.may_deploy(run), lambda: self.bank.promote(release), "promotions"):
            self.model.promote(run)

    @rule(number=NUMBER, well=st.booleans())
    def deploy(self, number: int, well: bool) -> None:
        """The whole way, with all approvals that are to be had or with those that are there."""
        if well:
            self.everybody_approves(number)
        run, release = self._run(number)
        if self._expect(self.model.may_deploy(run), lambda: self.bank.deploy(release), "promotions"):
            self.model.promote(run)
            self.model.publish(run)  # a run that is live already leaves what else is on its way alone

    @rule(number=NUMBER)
    def deploy_and_die(self, number: int) -> None:
        """Published, and never confirmed; only converging will tell the register."""
        run, release = self._run(number)
        if self._expect(self.model.may_deploy(run), lambda: self._published(release), "promotions"):
            self.model.promote(run, published=True)

    @rule(number=NUMBER, gate=GATE, who=PEOPLE)
    def reject_another_run_of_what_is_published(self, number: int, gate: str, who: str) -> None:
        """The target shows a version that is not confirmed yet, and another run of it, over another plan, is rejected."""
        if not self._published_now():
            self.everybody_approves(number)
            self.deploy_and_die(number)
        going = self.model.going()
        if going is None or not going.published:
            return
        mine = self.model.runs[going.run]
        others = [index for index, run in enumerate(self.model.runs)
                  if run.version == mine.version and run.subject != mine.subject and self.releases[index] is not None]
        if not others:
            count = len({run.version for run in self.model.runs})
            again = int(mine.version.split(".")[1])
            self.register(again if again < count else 0, "purpose" if mine.subject[1] != "purpose" else "", True)
            return
        release = self.releases[others[-1]]
        if release is not None and self._expect(self.model.may_vote(others[-1], gate, who, approves=False),
                                                lambda: self.bank.vote(release, gate, who, "reject")):
            self.model.vote(others[-1], gate, who, approves=False)
            self.seen["rejected beside a publication"] += 1
            self.converge()

    def _published_now(self) -> bool:
        going = self.model.going()
        return going is not None and going.published

    @rule(number=NUMBER, who=PEOPLE, well=st.booleans())
    def go_back(self, number: int, who: str, well: bool) -> None:
        """To a version that was live; if there is none, another is put live first."""
        if well and not any(one.state == "superseded" for one in self.model.deployments):
            self.deploy(number, True)
        went = [self.model.runs[one.run].version for one in self.model.deployments if one.state == "superseded"]
        version = went[number % len(went)] if went else self._run(number)[1].version
        run = self.model.before(version)
        expected = NO if run is None or not self._answers(who) else self.model.may_deploy(run, "rollback")

        def act() -> None:
            back = rollback(self.bank.register, "pricing", "production", version, person(who), "worse", strengths=strengths())
            publish(self.bank.register, back, self.bank.store, self.bank.project)

        if self._expect(expected, act, "rollbacks") and run is not None:
            self.model.promote(run, "rollback")
            self.model.publish()

    @rule(who=PEOPLE)
    def stop(self, who: str) -> None:
        """One person is enough."""
        if self._expect(YES if self.model.running() and self._has_role(who) else NO,
                        lambda: suspend(self.bank.register, "pricing", "production", person(who), "it drifts"), "stops"):
            self.model.stop()

    @rule(number=NUMBER, who=PEOPLE)
    def end_a_version(self, number: int, who: str) -> None:
        """Its owner or the control side retires it."""
        version = self._run(number)[1].version
        if self._expect(YES if self._answers(who) and version not in self.model.retired else NO,
                        lambda: retire(self.bank.register, "pricing", person(who), "replaced", version)):
            self.model.retire(version)

    @rule()
    def converge(self) -> None:
        """The sync task: what was published, or is still permitted after half an hour, goes live."""
        expected = self.model.may_converge()
        self.bank.converge()
        rows = self._rows()
        if expected == MAYBE:
            expected = NO if rows.one("deployment", "state", "live") is None else self._what_maybe_was(rows)
        if expected == YES:
            self.model.publish()
        elif expected == NO and (going := self.model.going()):
            going.state = "failed"
        live = rows.one("deployment", "state", "live")
        if self.model.going() is None and self.bank.shown() != (live["artifact"] if live else None):
            assert "target-differs-production" in self.bank.findings()

    @rule(number=NUMBER)
    def confirm_with_an_old_fence(self, number: int) -> None:
        """A deployer that woke up late, or reads back other bytes."""
        row = (rows := self._rows().of("deployment"))[number % len(rows)]
        self._expect(NO, lambda: confirm_live(self.bank.register, row["id"], row["epoch"] - 1, row["artifact"]))
        self._expect(NO, lambda: confirm_live(self.bank.register, row["id"], row["epoch"], "sha256:" + "0" * 64))
