"""The assurance level of a set-up and of a run: what cannot be forged, and by whom the rest still can. Pure.

Each level needs the one before it. What is not known counts as not so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..ledger.anchor import HOLDING


class Level(StrEnum):
    """How far records can be trusted."""

    L0 = "L0"
    L1 = "L1"
    L2 = "L2"
    L3 = "L3"


MEANING = {
    Level.L0: "protects against mistakes and against users of the pages, not against code that runs in a task",
    Level.L1: "code in a task can forge neither approvals nor the ledger",
    Level.L2: "who writes the database cannot forge approvals either: the API server signs them",
    Level.L3: "every approval carries a signature of its person; nobody else could have made it",
}


@dataclass(frozen=True)
class SetUp:
    """What is true of the processes that deploy; None where it is not known.

    Attributes:
        dialect: of the register: sqlite or postgresql.
        worker_role: this process's database user may insert no approval and owns no table.
        own_processes: tasks run apart from scheduler and API server (no LocalExecutor).
        no_api_secret: the secret that signs Airflow's tokens is not readable here.
        asymmetric_tokens: Airflow signs tokens with a private key of the API server.
        approval_key_pinned: approvals are verified here with a public key of our own configuration.
        no_approval_key: the private half is not readable here.
        no_checkpoint_key: the private key that signs checkpoints and packs is not readable here.
        anchors: classes of the anchors that have the ledger's last checkpoint.
    """

    dialect: str
    worker_role: bool | None = None
    own_processes: bool | None = None
    no_api_secret: bool | None = None
    asymmetric_tokens: bool | None = None
    approval_key_pinned: bool | None = None
    no_approval_key: bool | None = None
    no_checkpoint_key: bool | None = None
    anchors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Approvals:
    """What is true of the approvals that a run counts.

    Attributes:
        counted: how many there are.
        server_signed, person_signed: how many carry a valid signature of the approval key, of their person.
        unknown_authors: files whose writers are not on record, or not proven, or nobody whom governance names.
    """

    counted: int = 0
    server_signed: int = 0
    person_signed: int = 0
    unknown_authors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assurance:
    """A level with its reasons.

    Attributes:
        lacks: what the next level still needs.
        forgers: who could still forge records at this level.
    """

    level: Level
    lacks: tuple[str, ...]
    forgers: tuple[str, ...]

    @property
    def meaning(self) -> str:
        """What the level says."""
        return MEANING[self.level]

    def to_json(self) -> dict[str, object]:
        """As it stands in events, packs and pages."""
        return {"level": self.level.value, "meaning": self.meaning, "lacks": list(self.lacks), "forgers": list(self.forgers)}


def assurance_of(setup: SetUp, approvals: Approvals | None = None) -> Assurance:
    """The level of a set-up or, with its approvals, of one run."""
    reached = Level.L0
    for level, lacks in ((Level.L1, _first(setup)), (Level.L2, _second(setup, approvals)), (Level.L3, _third(approvals))):
        if lacks:
            return Assurance(reached, tuple(lacks), forgers_at(reached, setup))
        reached = level
    return Assurance(reached, (), forgers_at(reached, setup))


def forgers_at(level: Level, setup: SetUp) -> tuple[str, ...]:
    """Who could still forge records at a level of a set-up."""
    found = {
        Level.L0: ["any code that runs in a task", "whoever writes the register's database"],
        Level.L1: ["the owner of the register's database"],
        Level.L2: ["whoever holds the approval key"],
        Level.L3: [],
    }[level]
    if level < Level.L3:
        found.append("the administrator of Airflow's users, by logging in as another person")
        found.append("whoever installs code on the API server")
    else:
        found.append("whoever installs code on the API server, by showing one thing and having another signed")
    found.append("code in a task, by noting a better level than is true")
    if not setup.no_checkpoint_key:
        found.append("code in a task, by signing packs and checkpoints with the key it can read")
    holding = sorted(HOLDING.intersection(setup.anchors))
    if holding:
        found.append(f"who administers the anchors ({', '.join(holding)}) together with the database's owner")
    elif level > Level.L0:
        found.append("the owner of the register's database, by rewriting a ledger that no anchor holds")
    return tuple(found)


def _first(setup: SetUp) -> list[str]:
    return _missing((
        (setup.dialect == "postgresql", "the register is not on Postgres"),
        (setup.worker_role, "tasks reach the register as a database user who may write approvals; see `modelops db roles`"),
        (setup.own_processes, "tasks run in the scheduler's processes; use the Celery or Kubernetes executor"),
        (setup.no_api_secret, "tasks can read the secret that signs Airflow's tokens"),
    ))


def _second(setup: SetUp, approvals: Approvals | None) -> list[str]:
    lacks = _missing((
        (setup.approval_key_pinned, "approvals are not verified with a pinned key; set [modelops] approval_public_key"),
        (setup.no_approval_key, "the private key that signs approvals is readable where tasks run"),
        (setup.asymmetric_tokens, "Airflow signs its tokens with a shared secret; set [api_auth] jwt_private_key_path"),
    ))
    if approvals is not None:
        if approvals.server_signed < approvals.counted:
            lacks.append(f"{approvals.counted - approvals.server_signed} approvals are not signed by the approval key")
        lacks += [f"who wrote {name} is unknown" for name in approvals.unknown_authors]
    return lacks


def _third(approvals: Approvals | None) -> list[str]:
    if approvals is None:
        return ["whether persons signed is told by each run's approvals"]
    if approvals.counted == 0:
        return ["there is no approval"]
    missing = approvals.counted - approvals.person_signed
    return [f"{missing} approvals are not signed by their persons"] if missing else []


def _missing(conditions: Sequence[tuple[bool | None, str]]) -> list[str]:
    """What is false, or not known, which is no better."""
    return [told for holds, told in conditions if not holds]
