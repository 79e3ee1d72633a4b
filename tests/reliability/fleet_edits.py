"""Random edits of a fleet's files: what plan --against predicts from stored evidence is what every model then comes to.

The fleet has two hundred models made of rules, in groups; policy packs, a life cycle and governance of its own. An edit changes thresholds of some
models, a pack, the life cycle, or which packs governance names. After each the new plans are run, one model for all whose plan asks the same of the
same data, since evidence says nothing of a model's name.
"""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from modelops_airflow.cli.impact import Consequence, consequences
from modelops_airflow.digest import digest_of
from modelops_airflow.evidence.manifest import approved_digest
from modelops_airflow.plan import Plan, make_plan
from modelops_airflow.plan import replay as replays
from modelops_airflow.plan.governance_file import governance_in
from modelops_airflow.plan.replay import FRESH
from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.project import Project
from modelops_airflow.spec.read import read_model
from modelops_airflow.steps.local import run_local

ROOT = Path(__file__).parents[2]
MODELS, GROUPS = 200, 10
BASES = ("pricing-dmn", "pricing-rules")
FAILS = {"psi": (">= 0.01", ">= 0.03", ">= 0.2", ">= 0.24"), "impact_ratio": ("< 0.50", "< 0.80", "< 0.99")}
WARNS = {"psi": ">= 0.001", "impact_ratio": "< 0.995"}
STEPS = {"psi": "drift", "impact_ratio": "bias"}


class Fleet:
    """The files of a fleet, its plans, and the record of the last run of each."""

    def __init__(self, root: Path, seed: int) -> None:
        self.project, self.dice = Project(root), random.Random(seed)
        (root / "dags" / "models").mkdir(parents=True)
        shutil.copytree(ROOT / "examples" / "pricing", root / "examples" / "pricing")
        self.rules: dict[str, Any] = yaml.safe_load((ROOT / "dags" / "governance.yaml").read_text(encoding="utf-8"))
        self.bases = {name: yaml.safe_load((ROOT / "dags" / "models" / f"{name}.yaml").read_text(encoding="utf-8")) for name in BASES}
        self.steps: dict[str, dict[str, Any]] = {}
        self.pack: dict[str, Any] = {"numbers": {"psi": ">= 0.24"}, "tiers": [1, 2, 3], "from": "2026-01-01", "named": True}
        self.lifecycle: dict[str, Any] = {"js": False, "psi": ">= 0.24"}
        self.known: dict[str, dict[str, Any]] = {}
        self.seen: Counter[str] = Counter()
        menu = [self._steps() for _ in range(GROUPS)]
        for number in range(MODELS):
            self.steps[f"model-{number:03}"] = menu[number % GROUPS]
        self.write()
        self.plans = self.planned()
        self.record(self.plans.values())

    def _steps(self) -> dict[str, Any]:
        """What a model file changes: numbers that are no looser than the pack's, and now and then an option."""
        steps: dict[str, Any] = {}
        for metric, often in (("psi", 0.7), ("impact_ratio", 0.6)):
            if self.dice.random() < often:
                steps[STEPS[metric]] = {"require": {metric: asked(metric, strictest(self.dice.choice(FAILS[metric]), self.pack["numbers"].get(metric)))}}
        if self.dice.random() < 0.1:
            steps["drift-again"] = {"uses": "drift", "insert": {"after": "drift"}, "with": {"method": "wasserstein"}}
        return steps

    def _follow(self) -> None:
        """Models write no looser numbers than the pack, as whoever tightens it would see to."""
        for name, steps in self.steps.items():
            followed = {step: {**change, **({"require": {metric: asked(metric, strictest(rule["fail"], self.pack["numbers"].get(metric)))
                                                         for metric, rule in change["require"].items()}} if "require" in change else {})}
                        for step, change in steps.items()}
            self.steps[name] = followed

    def write(self) -> None:
        """The files as they are meant now."""
        dags = self.project.root / "dags"
        for folder in ("policies", "lifecycles"):
            (dags / folder).mkdir(exist_ok=True)
        rules = self.rules | ({"policies": ["acme"]} if self.pack["named"] else {})
        (dags / "governance.yaml").write_text(yaml.safe_dump(rules, sort_keys=False), encoding="utf-8")
        controls = [{"id": "ACME-1" if metric == "psi" else "ACME-2", "ref": "a test", "text": "A number.", "class": "risk", "steps": [STEPS[metric]],
                     "numbers": {metric: {**asked(metric, fail), "basis": "project default"}}} for metric, fail in self.pack["numbers"].items()]
        pack = {"pack": "acme", "version": 1, "title": "Acme.", "applies_when": f"tier in {self.pack['tiers']}",
                "effective": {"from": self.pack["from"], "basis": "project default"}, "controls": controls}
        (dags / "policies" / "acme.yaml").write_text(yaml.safe_dump(pack, sort_keys=False), encoding="utf-8")
        steps: list[dict[str, Any]] = [{"id": "drift", "require": {"psi": asked("psi", self.lifecycle["psi"])}}]
        if self.lifecycle["js"]:
            steps.append({"id": "drift-by-js", "uses": "drift", "with": {"method": "jensenshannon"}, "insert": {"after": "drift"}})
        (dags / "lifecycles" / "acme-release.yaml").write_text(yaml.safe_dump({
            "lifecycle": "acme-release", "version": 1, "description": "A release.", "on": "version-registered", "extends": "standard-release",
            "remove": ["performance", "approve-validation"], "steps": steps}, sort_keys=False), encoding="utf-8")
        for number, (name, changed) in enumerate(self.steps.items()):
            body = json.loads(json.dumps(self.bases[BASES[number % len(BASES)]]))
            body["lifecycles"] = {"release": {"uses": "acme-release" if number % 3 else "standard-release", "steps": changed,
                                              **({} if number % 3 else {"remove": ["performance", "approve-validation"]})}}
            text = yaml.safe_dump(body, sort_keys=False)
            path = dags / "models" / f"{name}.yaml"
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")

    def planned(self) -> dict[str, Plan]:
        """The release of every model, by its files."""
        rules = governance_in(self.project.governance).spec
        return {path.stem: make_plan(read_model(path, name=self.project.name(path)), rules, "release") for path in self.project.models()}

    def edit(self) -> str:
        """Change something, and say what."""
        what = self.dice.choices(("thresholds", "pack", "life cycle", "governance"), (6, 3, 2, 1))[0]
        if what == "thresholds":
            names, steps = self.dice.sample(sorted(self.steps), self.dice.randint(1, 20)), self._steps()
            self.steps |= dict.fromkeys(names, steps)
        elif what == "pack":
            part = self.dice.choice(("psi", "impact_ratio", "tiers", "from"))
            if part in ("psi", "impact_ratio"):
                numbers = {metric: fail for metric, fail in self.pack["numbers"].items() if metric != part}
                self.pack["numbers"] = numbers | {part: self.dice.choice(FAILS[part])} if self.dice.random() < 0.8 or not numbers else numbers
            elif part == "tiers":
                self.pack["tiers"] = self.dice.choice(([1], [2, 3], [1, 2, 3]))
            else:
                self.pack["from"] = self.dice.choice(("2026-01-01", "2099-01-01"))
        elif what == "life cycle":
            self.lifecycle = {"js": self.dice.random() < 0.5, "psi": self.dice.choice(FAILS["psi"])}
        else:
            self.pack["named"] = not self.pack["named"]
        self._follow()
        self.write()
        return what

    def record(self, plans: Iterator[Plan] | Any) -> None:
        """Run what was not run yet, and leave each model's record of it."""
        for plan in plans:
            content = content_of(plan)
            if content not in self.known:
                done = run_local(self.project.root, plan.model_id)
                self.known[content] = json.loads((done.folder / "run.json").read_text(encoding="utf-8"))
                shutil.rmtree(done.folder)
                self.seen["runs"] += 1
            folder = self.project.root / ".modelops" / "runs" / f"last-{plan.model_id}-release"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "run.json").write_text(json.dumps(self.known[content] | {"model": plan.model_id, "plan": plan.digest}), encoding="utf-8")

    def verdict(self, plan: Plan) -> str:
        """What a run of the plan came to."""
        decision = self.known[content_of(plan)]["decision"]
        return decision["verdict"] if decision else "error"


def asked(metric: str, fail: str) -> dict[str, str]:
    """A metric's warning and failure."""
    return {"warn": WARNS[metric], "fail": fail}


def strictest(one: str, other: str | None) -> str:
    """The stricter of two failures, which stand in the same direction."""
    return one if other is None else (min if one.startswith(">") else max)(one, other, key=lambda text: float(text.split()[1]))


def content_of(plan: Plan) -> str:
    """What a plan asks, whatever the model is called."""
    body = plan.to_json()
    return digest_of(body | {"model": {key: value for key, value in body["model"].items() if key not in ("id", "name")}})


def random_edits(root: Path, count: int, seed: int) -> Counter[str]:
    """Edit a fleet so many times and compare each prediction with what then is; answers what was seen.

    Raises:
        AssertionError: a prediction is not what then is.
    """
    fleet = Fleet(root, seed)
    while fleet.seen["edits"] < count:
        before, kept = fleet.plans, (dict(fleet.steps), dict(fleet.pack), dict(fleet.lifecycle))
        what = fleet.edit()
        try:
            after = fleet.planned()
        except SpecError:  # such as a number looser than the pack's: no merge, and nothing to predict
            fleet.steps, fleet.pack, fleet.lifecycle = kept
            fleet.write()
            fleet.seen["refused"] += 1
            continue
        fleet.seen["edits"] += 1
        fleet.seen[f"edits of {what}"] += 1
        told = {one.impact.model: one for one in consequences(fleet.project, list(before.values()), list(after.values()), [])}
        changed = {name for name in after if before[name].digest != after[name].digest}
        fleet.record(after[name] for name in sorted(changed))
        for name in after:
            compare(fleet, before[name], after[name], told.get(name))
        fleet.plans = after
    return fleet.seen


def compare(fleet: Fleet, before: Plan, after: Plan, told: Consequence | None) -> None:
    """One model's prediction with what its plans and runs are."""
    voids = approved_digest(before.to_json()) != approved_digest(after.to_json())
    if told is None:
        assert not voids and fleet.verdict(before) == fleet.verdict(after)
        fleet.seen["untouched"] += 1
        return
    assert told.impact.voids_approvals == voids and told.replay is not None
    was, now = fleet.verdict(before), fleet.verdict(after)
    if told.replay.before is None:  # preparation did not pass, nothing was decided
        assert was == "error"
        fleet.seen["undecided"] += 1
        return
    assert told.replay.before == was, (told, was)
    if told.replay.fresh:
        assert not told.replay.breaks or now != "pass", told
        fleet.seen["needs a run"] += 1
        return
    assert told.replay.after == now, (told, now)
    fleet.seen[f"{was} -> {now}"] += 1


@contextmanager
def guessed() -> Iterator[None]:
    """Broken on purpose: a changed number is taken to change nothing."""
    right = replays._again
    replays._again = lambda old, new, before, run: (before, ()) if before is not None else (FRESH, ("unknown",))
    try:
        yield
    finally:
        replays._again = right
