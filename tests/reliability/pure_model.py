"""What must happen, as a small model that knows no database: the oracle of the state machine.

Written from the design's words. It answers yes, no or maybe: maybe where a version was once rejected, failed or
stopped, and only its own history of states says whether it may be deployed before it is released anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

YES, NO, MAYBE = "yes", "no", "maybe"
GATES = {"approve-validation": ("validator", 1), "approve-risk": ("risk", 2)}
VALID = 90 * 24
"""Hours that an approval lasts."""
OLD = 180 * 24
"""Hours after which nobody approves over the evidence of a run of tier 2."""
MAKERS = frozenset({"dana", "olaf"})


@dataclass
class Run:
    """One release of a version; runs of the same version and plan share their subject. `since` is the hour of its start."""

    version: str
    subject: tuple[str, str]
    passed: bool
    since: int = 0


@dataclass
class Vote:
    """One decision; `until` is the hour at which it ends."""

    subject: tuple[str, str]
    gate: str
    person: str
    approves: bool
    until: int | None
    taken: bool = False


@dataclass
class Deployment:
    """One deployment of a run, in the order they were first permitted."""

    run: int
    cause: str
    state: str
    since: int = 0
    published: bool = False


@dataclass
class Model:
    """The bank, in the head."""

    hour: int = 0
    runs: list[Run] = field(default_factory=list)
    votes: list[Vote] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    authors: dict[str, set[str]] = field(default_factory=dict)
    troubled: set[str] = field(default_factory=set)
    retired: set[str] = field(default_factory=set)
    holders: dict[str, set[str]] = field(default_factory=lambda: {"validator": {"vera"}, "risk": {"rita", "rolf", "ruth"}})

    def register(self, version: str, variant: str, *, passed: bool, developers: set[str]) -> None:
        """A run of a version; who developed it once is its author for ever."""
        self.authors.setdefault(version, set(MAKERS - {"olaf"})).update(developers)
        self.runs.append(Run(version, (version, variant), passed, self.hour))
        if passed and not any(not vote.approves and not vote.taken and vote.subject[0] == version for vote in self.votes):
            self.troubled.discard(version)
        elif not passed:
            self.troubled.add(version)

    def standing(self, subject: tuple[str, str], gate: str) -> str:
        """Where a gate stands: rejected, approved or open."""
        votes = [vote for vote in self.votes if (vote.subject, vote.gate) == (subject, gate) and not vote.taken]
        if any(not vote.approves for vote in votes):
            return "rejected"
        role, number = GATES[gate]
        counted = {vote.person for vote in votes if self._holds(vote) and vote.person in self.holders[role]}
        return "approved" if len(counted - self.authors[subject[0]]) >= number else "open"

    def may_vote(self, run: int, gate: str, person: str, *, approves: bool) -> str:
        """Whether a person may decide now."""
        subject = self.runs[run].subject
        mine = [vote for vote in self.votes if (vote.subject, vote.person) == (subject, person) and self._holds(vote)]
        free = not any(vote.gate == gate or (approves and vote.approves) for vote in mine)
        stranger = person in self.authors[subject[0]] or person not in self.holders[GATES[gate][0]]
        old = approves and self.hour - self.runs[run].since >= OLD
        return YES if self.standing(subject, gate) == "open" and free and not stranger and not old else NO

    def vote(self, run: int, gate: str, person: str, *, approves: bool) -> None:
        """A person decides."""
        subject = self.runs[run].subject
        for vote in self.votes:  # what has ended gives way
            if (vote.subject, vote.gate, vote.person) == (subject, gate, person):
                vote.taken = True
        self.votes.append(Vote(subject, gate, person, approves, self.hour + VALID if approves else None))
        if not approves:
            self.troubled.add(subject[0])

    def approved(self, run: int) -> bool:
        """Whether every gate of a run is approved now."""
        return self.runs[run].passed and all(self.standing(self.runs[run].subject, gate) == "approved" for gate in GATES)

    def may_deploy(self, run: int, cause: str = "release") -> str:
        """Whether a run may be promoted now."""
        over = cause == "release" and any(one.run == run and one.cause == "release" and one.state in ("superseded", "withdrawn")
                                          for one in self.deployments)
        return NO if over else self.may_publish(run)

    def may_publish(self, run: int) -> str:
        """Whether what was permitted still is."""
        version = self.runs[run].version
        if version in self.retired or not self.approved(run):
            return NO
        return MAYBE if version in self.troubled else YES

    def before(self, version: str) -> int | None:
        """The run whose deployment a rollback to a version takes up again."""
        rows = [one.run for one in self.deployments if one.state == "superseded" and self.runs[one.run].version == version]
        return rows[-1] if rows else None

    def going(self) -> Deployment | None:
        """What is on its way."""
        return next((one for one in self.deployments if one.state == "intent"), None)

    def promote(self, run: int, cause: str = "release", *, published: bool = False) -> None:
        """The fence is taken: whatever else was on its way has failed."""
        mine = next((one for one in self.deployments if (one.run, one.cause) == (run, cause) and cause == "release"), None)
        if mine is None or mine.state not in ("live", "intent"):
            for one in self.deployments:
                one.state = "failed" if one.state == "intent" else one.state
            if mine is None:
                mine = Deployment(run, cause, "intent")
                self.deployments.append(mine)
            mine.state, mine.since, mine.published = "intent", self.hour, False
        mine.published = mine.published or published

    def publish(self, run: int | None = None) -> None:
        """What is on its way goes live, or that of a run; what was live is superseded."""
        going = self.going()
        if going is not None and run in (None, going.run):
            for one in self.deployments:
                one.state = "superseded" if one.state == "live" else one.state
            going.state = "live"

    def may_converge(self) -> str:
        """Whether what is on its way goes live when the sync task looks: yes, no (it fails), maybe, or nothing yet."""
        going = self.going()
        if going is None or (not going.published and going.cause == "release" and self.hour == going.since):
            return ""
        return YES if going.published else self.may_publish(going.run)

    def stop(self) -> None:
        """A stop ends whatever is live or on its way, and voids every approval."""
        for one in self.deployments:
            if one.state == "live":
                self.troubled.add(self.runs[one.run].version)
            one.state = "withdrawn" if one.state in ("live", "intent") else one.state
        for vote in self.votes:
            vote.taken = vote.taken or vote.approves

    def retire(self, version: str) -> None:
        """A version ends; what else is on its way has to try again if the version was in the slot."""
        mine = [one for one in self.deployments if self.runs[one.run].version == version and one.state in ("live", "intent")]
        for one in mine:
            one.state = "withdrawn"
        for one in self.deployments:
            one.state = "failed" if mine and one.state == "intent" else one.state
        self.retired.add(version)

    def running(self) -> bool:
        """Whether something is live or on its way."""
        return any(one.state in ("live", "intent") for one in self.deployments)

    def _holds(self, vote: Vote) -> bool:
        return not vote.taken and (vote.until is None or vote.until > self.hour)
