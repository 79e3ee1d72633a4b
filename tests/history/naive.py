"""An independent reading of the raw events: SQL, JSON and files, and nothing of the package.

It knows the shapes of controls that `past_world` uses, and no others. It walks through the ledger's events up to a moment one by one and
keeps by hand what each means; then it says how each control stands.
"""

from __future__ import annotations

import calendar
import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class Naive:
    """The register's file and the folder of evidence, read."""

    def __init__(self, database: Path, evidence: Path) -> None:
        with sqlite3.connect(database) as connection:
            self.events = [json.loads(body) for (body,) in connection.execute("SELECT body FROM modelops_event WHERE outcome = 'done' ORDER BY idx")]
            self.documents = {digest: json.loads(body) for digest, body in connection.execute("SELECT digest, body FROM modelops_document")}
        self.evidence = evidence

    def answer(self, at: datetime) -> dict[tuple[str, str], tuple[str, frozenset[str]]]:
        """(pack, control) -> its status, and the digests of measurements that are about it."""
        state = self._walk(at)
        asks = state["asks"]
        if asks is None:
            return {}
        version = state["used"]["version"] if state["used"] else self.documents[asks["definition"]]["model"]["version"]
        runs = {}
        for run in sorted((one for one in state["runs"].values() if one["version"] == version and one["decided"]), key=lambda one: one["decided"]["order"]):
            runs[run["plan"]["lifecycle"]] = run
        found = {}
        for name, digest in asks["asks"]["packs"].items():
            pack = self.documents[digest]
            days = pack.get("effective")
            if days and not days["from"] <= at.date().isoformat() <= days["to"]:
                continue
            for control in pack["controls"]:
                status, digests = self._control(f"{name} {control['id']}", control, runs, state, at)
                found[name, control["id"]] = ("not known" if state["broken"] else status, frozenset() if state["broken"] else digests)
        return found

    def broken(self, at: datetime) -> bool:
        """Whether the model's file was broken then, so that nobody could tell what is asked."""
        return bool(self._walk(at)["broken"])

    def _walk(self, at: datetime) -> dict[str, Any]:
        state: dict[str, Any] = {"asks": None, "broken": False, "used": None, "runs": {}, "decisions": [], "opened": set(), "governance": None, "authors": {}}
        for event in self.events:
            if moment(event["at"]) > at:
                continue
            facts, kind = event["facts"], event["kind"]
            if kind == "governance-activated":
                state["governance"] = self.documents[facts["governance"]]
            elif event["model"] != "pricing":
                continue
            else:
                self._of_files_and_runs(state, event, facts, kind)
                self._of_people_and_places(state, facts, kind, event)
        return state

    def _of_files_and_runs(self, state: dict[str, Any], event: dict[str, Any], facts: dict[str, Any], kind: str) -> None:
        if kind == "defined":
            state["broken"] = facts["problems"] > 0
            state["asks"] = facts if "asks" in facts else state["asks"]
        elif kind == "pinned":
            plan = self.documents[facts["plan"]]
            state["runs"].setdefault(facts["run"], {"plan": plan, "version": facts["version"], "artifact": facts["artifact"], "decided": None, "pending": {}, "results": {}})
            state["authors"].setdefault(facts["artifact"], set()).update(facts["authors"])
        elif kind == "recorded":
            state["runs"][facts["run"]]["pending"][facts["step"]] = {**facts, "at": event["at"]}
        elif kind == "decided":
            run = state["runs"][facts["run"]]
            run["decided"], run["results"] = {**facts, "order": event["index"]}, dict(run["pending"])
        elif kind == "gate-opened":
            state["opened"].add((facts["subject"], facts["step"]))

    @staticmethod
    def _of_people_and_places(state: dict[str, Any], facts: dict[str, Any], kind: str, event: dict[str, Any]) -> None:
        if kind in ("decision", "withdrawal"):
            same = [one for one in state["decisions"] if (one["subject"], one["step"], one["person"]) == (facts["subject"], facts["step"], facts["person"])]
            for one in same:
                state["decisions"].remove(one)
            if kind == "decision":
                state["decisions"].append({**facts, "at": event["at"]})
        elif kind == "live":
            state["used"] = facts
        elif kind == "retired" and state["used"] and state["used"]["version"] in facts["versions"]:
            state["used"] = None
        elif kind == "suspended":
            state["used"] = None
            stopped = {run["decided"]["subject"] for run in state["runs"].values() if run["decided"] and any(step["uses"] == "deploy" for step in run["plan"]["steps"])}
            state["decisions"] = [one for one in state["decisions"] if one["subject"] not in stopped or one["decision"] == "reject"]

    def _control(self, words: str, control: dict[str, Any], runs: dict[str, Any], state: dict[str, Any], at: datetime) -> tuple[str, frozenset[str]]:
        best, digests = None, set()
        for cycle in ("release", "review"):
            if cycle not in control["at"]:
                continue
            run = runs.get(cycle)
            parts = self._parts(words, control, run, state, at)
            times = [time for good, time in parts if good is not None and time is not None]
            rank = (bool(times), max(times).timestamp() if times else 0.0)
            if best is None or rank > best[0]:
                best = rank, parts
            if run is not None:
                digests |= {result["evidence"] for result in run["results"].values() if self._uses(run, result["step"]) in control.get("steps", ()) and result["verdict"]}
        assert best is not None
        return self._status(best[1], control, at), frozenset(digests)

    def _parts(self, words: str, control: dict[str, Any], run: Any, state: dict[str, Any], at: datetime) -> list[tuple[bool | None, datetime | None]]:
        parts: list[tuple[bool | None, datetime | None]] = []
        for kind in control.get("steps", ()):
            results = [one for one in run["results"].values() if self._uses(run, one["step"]) == kind and one["verdict"]] if run else []
            parts.append(self._measured(results[0], control) if results else (None, None))
        gates = {step["id"]: (step["options"], *self._gate(step, run, state, at)) for step in run["plan"]["steps"] if step["phase"] == "gate"
                 and (run["decided"]["subject"], step["id"]) in state["opened"]} if run else {}
        for role, number in control.get("approvals", {}).get("roles", {}).items():
            asking = [(stands, time) for options, stands, time in gates.values() if options["roles"].get(role, 0) >= number]
            parts.append(asking[0] if asking else (None, None))
        if "attest" in control:
            covering = [(stands, time) for options, stands, time in gates.values() if words in options.get("controls", ())]
            parts.append(covering[0] if covering else (None, None))
        return parts

    def _measured(self, result: dict[str, Any], control: dict[str, Any]) -> tuple[bool | None, datetime | None]:
        if result["verdict"] != "pass":
            return (False, moment(result["at"])) if result["verdict"] == "fail" else (None, None)
        if not control.get("numbers"):
            return True, moment(result["at"])
        digest = result["evidence"].removeprefix("sha256:")
        [file] = [path for path in self.evidence.rglob("*") if path.is_file() and digest in "".join(path.parts[-2:])]
        values = [metric["value"] for metric in json.loads(file.read_bytes())["predicate"]["measurement"]["metrics"] if metric["name"] == "impact_ratio"]
        limit = float(control["numbers"]["impact_ratio"]["fail"].removeprefix("< "))
        return all(value >= limit for value in values), moment(result["at"])

    def _gate(self, gate: dict[str, Any], run: dict[str, Any], state: dict[str, Any], at: datetime) -> tuple[bool | None, datetime | None]:
        subject, rules = run["decided"]["subject"], gate["options"]
        made = [one for one in state["decisions"] if one["subject"] == subject]
        here = [one for one in made if one["step"] == gate["id"]]
        rejected = [one for one in here if one["decision"] == "reject"]
        if rejected:
            return False, max(moment(one["at"]) for one in rejected)
        held = {name: set(role["held_by"]) for name, role in state["governance"]["roles"].items()}
        valid = [one for one in here if (not one["expires"] or moment(one["expires"]) > at) and one["role"] in rules["roles"]
                 and one["person"] in held.get(one["role"], ()) and not self._wrote(one["person"], run, state)]
        enough = all(len({one["person"] for one in valid if one["role"] == role}) >= number for role, number in rules["roles"].items())
        return (True, max(moment(one["at"]) for one in valid)) if enough else (None, None)

    def _wrote(self, person: str, run: dict[str, Any], state: dict[str, Any]) -> bool:
        return bool(state["authors"][run["artifact"]] & {person, f"simple:{person}"})

    @staticmethod
    def _uses(run: dict[str, Any], step: str) -> str:
        return next(str(one["uses"]) for one in run["plan"]["steps"] if one["id"] == step)

    @staticmethod
    def _status(parts: list[tuple[bool | None, datetime | None]], control: dict[str, Any], at: datetime) -> str:
        if any(good is False for good, _ in parts):
            return "not satisfied"
        if any(good is None for good, _ in parts):
            return "partially" if any(good for good, _ in parts) else "not tested"
        every = control.get("every", {}).get("period")
        if every and months_after(min(time for _, time in parts if time), {"P6M": 6, "P1Y": 12}[every]) <= at:
            return "overdue"
        return "satisfied"


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def months_after(at: datetime, months: int) -> datetime:
    year, month = divmod(at.month - 1 + months, 12)
    year, month = at.year + year, month + 1
    return at.replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))
