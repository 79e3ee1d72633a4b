"""The codes of everything that can be wrong with a plan; stable, never renumbered."""

from __future__ import annotations

CODES = {
    "PLAN001": "a life cycle that the library or the model does not have",
    "PLAN002": "a step that the life cycle does not have",
    "PLAN003": "a kind of step that does not exist",
    "PLAN004": "an option that the step does not have",
    "PLAN005": "an option of the wrong type or value",
    "PLAN006": "a step that a policy requires, or that cannot be removed",
    "PLAN007": "an environment or target that does not exist",
    "PLAN008": "a role that does not exist or cannot decide",
    "PLAN009": "fewer eligible people than a gate needs",
    "PLAN010": "fewer approvals than a policy requires",
    "PLAN011": "an order that cannot be: unknown step, circle, deployment before a gate",
    "PLAN012": "a schedule that is none",
    "PLAN013": "a policy pack that does not exist",
    "PLAN014": "a kind of model that does not exist",
    "PLAN015": "a run profile that governance.yaml does not have",
    "PLAN016": "data that a step needs and the model does not name",
    "PLAN017": "a person whom governance.yaml does not have",
    "PLAN018": "the house policy is left out",
    "PLAN019": "a required step with options that narrow what a policy speaks of",
    "PLAN020": "a path that leaves the project or its artifact roots",
    "PLAN021": "a kind of model whose format no policy in force allows for the tier",
    "PLAN022": "a suite of expectations that is not there or cannot be run",
    "REQ001": "a metric that the step does not produce",
    "REQ002": "a condition that is none",
    "REQ003": "a threshold on the wrong side",
    "REQ004": "a warning beyond the failure",
    "REQ005": "a number looser than a policy's",
    "REQ006": "a required step of which nothing is required",
}
