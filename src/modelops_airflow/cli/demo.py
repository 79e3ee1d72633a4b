"""The demo: every example's release, from its YAML to the first gate; and, to check it, to the end.

It does nothing that a user could not do: it starts releases as the models' owner, and decides at gates
as the people who hold the roles, over HTTP.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..errors import DataError, ModelOpsError
from .approve import waiting
from .demo_cast import CAST, FOUNDERS, OWNER, READER, Part
from .output import print_json, print_table
from .people import print_users
from .server import AIRFLOW, OURS, Server

if TYPE_CHECKING:
    from .local_airflow import LocalAirflow

LOADED_SECONDS = 180
GATE_SECONDS = 900
END_SECONDS = 600
PAUSE = 1.0

Say = Callable[[str], None]


class Demo:
    """One performance."""

    def __init__(self, airflow: LocalAirflow, say: Say) -> None:
        self.airflow, self.say = airflow, say
        self.cast = [part for part in CAST if not part.lacking(airflow.root)]
        self._servers: dict[str, Server] = {}
        self._runs: dict[str, dict[str, Any]] = {}
        self._told: set[str] = set()

    def play(self, *, check: bool, began: float, json: bool) -> int:
        """Up to the gates, then wait for Ctrl-C; or, to check, to the end. Answers the exit code."""
        try:
            for part in CAST:
                if part not in self.cast:
                    self.say(f"{part.model}: left out, {part.lacking(self.airflow.root)}")
            self._load()
            for part in self.cast:
                self._start(part)
            self._until(GATE_SECONDS, "the first gates", self._at_gates)
            self.say(f"\nREADY {self.airflow.url}   ({time.monotonic() - began:.0f} s after the start)\n")
            if not check:
                self._invite()
                while True:
                    self.airflow.check_alive()
                    time.sleep(PAUSE)
            self._until(END_SECONDS, "every outcome", self._answered)
            return self._report(began, json=json)
        finally:
            for server in self._servers.values():
                server.close()

    def _as(self, user: str) -> Server:
        if user not in self._servers:
            if user not in self.airflow.users:
                raise DataError(f"governance.yaml knows no login {user!r}; the demo needs the example project")
            self._servers[user] = Server.log_in(self.airflow.url, user, self.airflow.users[user][1])
        return self._servers[user]

    def _load(self) -> None:
        """The DAG processor finds the DAGs; modelops.sync brings the files into the register."""
        self.say("loading the model files ...")
        self._until(LOADED_SECONDS, "the DAG modelops.sync", lambda: "modelops.sync" in self._dags())
        self._as("operator").post(f"{AIRFLOW}/dags/modelops.sync/dagRuns", {"logical_date": None})
        self._until(LOADED_SECONDS, "the first governance", self._founded)
        wanted = {part.model for part in self.cast}
        self._until(LOADED_SECONDS, "the models in the inventory", lambda: wanted <= self._models().keys())
        self._until(LOADED_SECONDS, "the release DAGs", lambda: {f"{model}.release" for model in wanted} <= self._dags())

    def _founded(self) -> bool:
        """Two people of the control side put the first governance in force; whether it is."""
        told = self._as(READER).get(f"{OURS}/governance")
        for user in FOUNDERS if told["pending"] and not told["active"] else ():
            state = self._as(user).post(f"{OURS}/governance/activation", {"digest": told["pending"]["digest"]})["state"]
            self.say(f"governance: confirmed by {user}, {state}")
        return bool(self._as(READER).get(f"{OURS}/governance")["active"])

    def _start(self, part: Part) -> None:
        self._runs[part.model] = self._as(OWNER).post(f"{OURS}/models/{part.model}/release", {})
        self.say(f"{part.model}: release started")

    def _at_gates(self) -> bool:
        """Whether every model waits at a gate or was stopped before one."""
        gates = {gate["model_id"]: gate for gate in waiting(self._as(READER))}
        for part in self.cast:
            run = self._run(part)
            if part.model in gates:
                gate = gates[part.model]
                self._tell_once(f"{part.model}: {gate['verdict']}{', warned' if gate['warned'] else ''}; waits at {gate['step']}")
            elif run["state"] in ("failed", "success"):
                self._tell_once(f"{part.model}: stopped before a gate, {self._models()[part.model]['state']}")
            else:
                return False
        return True

    def _answered(self) -> bool:
        """Decide wherever it is somebody's turn; whether every release has ended."""
        for part in self.cast:
            for step, (user, decision, comment) in part.answers.items():
                for gate in waiting(self._as(user)):
                    if (gate["model_id"], gate["step"]) == (part.model, step) and gate["may_decide"]:
                        body = {"decision": decision, "comment": comment, "subject": gate["subject"]}
                        self._as(user).post(f"{OURS}/approvals/{gate['id']}/decisions", body)
                        self.say(f"{part.model}: {user} decides {decision} at {step}")
        return all(self._run(part)["state"] in ("failed", "success") for part in self.cast)

    def _report(self, began: float, *, json: bool) -> int:
        models, rows = self._models(), list[dict[str, Any]]()
        gates = {model: [gate["step"] for gate in self._as(READER).get(f"{OURS}/models/{model}")["gates"]] for model in models}
        for part in self.cast:
            one = models[part.model]
            seen = "in_use" if (one["state"], one["deployment_state"]) == ("in_use", "live") else one["state"]
            fits = seen == part.ends and len(gates[part.model]) == len(part.answers)
            rows.append({"model": part.model, "version": one["version"], "gates": gates[part.model], "intended": part.ends,
                         "found": seen, "approved by": [who["person"] for who in one["approved_by"]],
                         "result": "ok" if fits else "bad"})
        if json:
            print_json(rows)
        else:
            heads = list(rows[0])
            print_table(heads, ([", ".join(v) if isinstance(v := row[head], list) else v for head in heads] for row in rows))
            self.say(f"{time.monotonic() - began:.0f} s in all")
        return 0 if all(row["result"] == "ok" for row in rows) else 1

    def _invite(self) -> None:
        print_users(self.airflow)
        self.say("Three things to try:\n"
                 "  1. Log in as validator-1, open Approvals, look at the evidence of credit-risk and approve it;\n"
                 "     then as risk-1. The model goes live under Models.\n"
                 "  2. Log in as credit-dev, who made the model, and try to approve it.\n"
                 "  3. Copy dags/models/credit-risk.yaml, change a threshold, and run: modelops plan --against HEAD\n\n"
                 "Ctrl-C stops everything.")

    def _tell_once(self, line: str) -> None:
        if line not in self._told:
            self._told.add(line)
            self.say(line)

    def _run(self, part: Part) -> dict[str, Any]:
        run = self._runs[part.model]
        return dict(self._as(OWNER).get(f"{AIRFLOW}/dags/{run['dag_id']}/dagRuns/{run['run_id']}"))

    def _dags(self) -> set[str]:
        return {one["dag_id"] for one in self._as("operator").get(f"{AIRFLOW}/dags", limit=100)["dags"]}

    def _models(self) -> dict[str, dict[str, Any]]:
        return {one["id"]: one for one in self._as(READER).get(f"{OURS}/models", limit=200)["items"]}

    def _until(self, seconds: float, what: str, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + seconds
        while not ready():
            self.airflow.check_alive()
            if time.monotonic() > until:
                raise ModelOpsError(f"waited {seconds:.0f} s for {what}; logs are in {self.airflow.logs}")
            time.sleep(PAUSE)
