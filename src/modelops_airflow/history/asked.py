"""What was asked of a model at a moment, as the register knew it then: not what files and packs say today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from ..governance.asks import ASKS, DEFINED
from ..plan.named_packs import GOVERNANCE, MODEL
from ..policy.control_status import stage_of
from ..policy.facts import facts_of
from ..policy.record import record as record_of_packs
from ..policy.resolve import resolve
from .reader import Reader
from .record import Event, Record


@dataclass(frozen=True)
class Asked:
    """What was asked.

    Attributes:
        index, at: the event that says so.
        source: definition, or plan where the register kept no packs with its definitions yet.
        digest: of the definition or of the plan.
        governance: digest of the governance that it was planned under; None for a plan.
        version: the version that the file, or the run, names.
        tier, makers: the model's, and who owned or developed it.
        packs: as a plan has them, on the day that is asked about.
        digests: the packs' digests.
        lifecycles: each with what controls call it.
        trouble: why it cannot be told after all; empty where it can.
    """

    index: int
    at: datetime
    source: str
    digest: str
    governance: str | None
    version: str
    tier: int
    makers: tuple[str, ...]
    packs: Mapping[str, Any] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    lifecycles: Mapping[str, str | None] = field(default_factory=dict)
    trouble: str = ""

    def plans(self) -> list[dict[str, Any]]:
        """As much of the model's plans as statuses are worked out from."""
        uses = {"release": ["deploy"], "review": ["attestation"], None: []}
        return [{"lifecycle": name, "steps": [{"uses": one} for one in uses[stage]], "packs": self.packs} for name, stage in self.lifecycles.items()]


def asked(record: Record, reader: Reader, on: date) -> Asked | None:
    """What was asked at the end of a record, of packs as they stood on a day; None where the register did not know the model.

    Raises:
        EvidenceError: a document that the ledger names is gone or changed.
    """
    last = next((one for one in reversed(record.events) if one.kind == DEFINED and one.facts.get(ASKS)), None)
    found = _by_definition(last, reader, on) if last is not None else _by_plans(record, reader)
    state = next((one for one in reversed(record.events) if one.kind in (DEFINED, "definition-missing")), None)
    if found is None or state is None:
        return found
    if state.kind == "definition-missing":
        return replace(found, trouble=f"its file was gone since {state.at:%Y-%m-%d}")
    return replace(found, trouble=f"its file was broken since {state.at:%Y-%m-%d}") if state.facts["problems"] else found


def _by_definition(event: Event, reader: Reader, on: date) -> Asked:
    told, digest = event.facts[ASKS], str(event.facts["definition"])
    spec, digests = reader.model(digest), dict(told["packs"])
    among = {name: reader.pack(one) for name, one in digests.items()}
    names = {**dict.fromkeys(spec.policies, MODEL),
             **{name: GOVERNANCE for name in reader.governance(told["governance"]).policies or () if name not in spec.policies}}
    packs = record_of_packs(resolve({name: by for name, by in names.items() if name in among}, facts_of(spec), on, among).packs, str(spec.model.tier))
    model = spec.model
    return Asked(event.index, event.at, "definition", digest, told["governance"], model.version, model.tier, (model.owner, *model.developers),
                 packs, digests, dict(told["lifecycles"]))


def _by_plans(record: Record, reader: Reader) -> Asked | None:
    """By the last plan of each life cycle that a run was pinned to: of installations from before packs were kept with definitions."""
    last = {str(plan["lifecycle"]): (event, plan) for event in record.of("pinned") for plan in (reader.document(event.facts["plan"]),) if not plan.get("as_of")}
    if not last:
        return None
    event, plan = max(last.values(), key=lambda one: one[0].index)
    packs = plan.get("packs") or {}
    if packs and any(pack["standing"] == "pending" for pack in packs.values()):
        packs = {name: {**pack, "standing": UNKNOWN, "why": f"it was pending on {event.at:%Y-%m-%d}, and no later plan is on record"}
                 if pack["standing"] == "pending" else pack for name, pack in packs.items()}
    model = plan["model"]
    return Asked(event.index, event.at, "plan", str(event.facts["plan"]), None, str(event.facts["version"]), int(model["tier"]),
                 (model["owner"], *model.get("developers", ())), packs, {name: pack["digest"] for name, pack in packs.items()},
                 {name: stage_of(one) for name, (_, one) in last.items()})


UNKNOWN = "not known"
"""Standing of a pack of which the record does not say whether it was in force."""

