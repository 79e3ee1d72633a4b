"""Every shipped pack with facts that make it apply, and every example model: what tests of packs walk through."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from modelops_airflow.spec.read import Source, parse_governance, parse_model
from modelops_airflow.spec.types import Governance, ModelFile

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(path.stem for path in (ROOT / "dags" / "models").glob("*.yaml"))
ON = date(2028, 9, 1)
"""A day on which every shipped pack is in effect."""

FACTS: dict[str, dict[str, Any]] = {
    "nyc-ll144": {"domain": "employment", "nyc_residents": True, "substantially_assists": True, "output": "selection"},
    "sr-11-7": {"sector": "bank", "generative": False, "agentic": False, "origin": "vendor"},
    "sr-26-2": {"sector": "bank", "generative": False, "agentic": False, "complex_quantitative": True, "origin": "vendor"},
    "eu-ai-act-high-risk": {"jurisdictions": ["EU"], "eu_high_risk": True, "eu_annex": "III", "eu_role": "both", "eu_rights_assessment": "credit"},
    "nist-ai-rmf": {"origin": "vendor"},
    "osfi-e-23": {"jurisdictions": ["CA"], "canadian_institution": True},
    "pra-ss1-23": {"jurisdictions": ["UK"], "sector": "bank", "internal_model_permission": True, "origin": "vendor"},
    "four-fifths": {"decisions_on_persons": True},
    "genai-baseline": {"generative": True},
}
SILENT: dict[str, dict[str, Any]] = {
    "nyc-ll144": {"domain": "credit"}, "sr-11-7": {"sector": "retail"}, "sr-26-2": {"sector": "retail"},
    "eu-ai-act-high-risk": {"jurisdictions": ["US"]}, "osfi-e-23": {"jurisdictions": ["US"]}, "pra-ss1-23": {"jurisdictions": ["US"]},
    "genai-baseline": {"generative": False},
}
"""Facts that say that a pack does not apply."""


def governance(**policies: Any) -> Governance:
    """The governance of the examples with a role for every control, and people enough."""
    body = yaml.safe_load((ROOT / "dags" / "governance.yaml").read_text())
    for person in ("validator-2", "auditor-2", "executive-1", "risk-3", "legal-2"):
        body["people"][person] = {"login": {"simple": person}}
    body["roles"]["validator"]["held_by"].append("validator-2")
    body["roles"]["risk"]["held_by"].append("risk-3")
    body["roles"] |= {"independent-auditor": {"side": "control", "held_by": ["auditor-2"]}, "executive": {"side": "control", "held_by": ["executive-1"]}}
    return parse_governance(yaml.safe_dump(body | policies), "dags/governance.yaml").spec


def example(name: str, *packs: str, facts: dict[str, Any] | None = None, **more: Any) -> Source[ModelFile]:
    """An example model with further packs and facts."""
    body = yaml.safe_load((ROOT / "dags" / "models" / f"{name}.yaml").read_text())
    body["policies"] = [*body.get("policies", ["house"]), *packs]
    body["model"]["facts"] = body["model"].get("facts", {}) | (facts or {})
    return parse_model(yaml.safe_dump(body | more), f"dags/models/{name}.yaml")
