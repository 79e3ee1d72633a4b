"""The codes of everything that can be wrong with a policy pack, or with how it meets a model; stable, never renumbered."""

from __future__ import annotations

CODES = {
    "PACK001": "a pack that extends, or is superseded by, one that does not exist, or extends itself in a circle",
    "PACK002": "dates of a pack that are none, or in the wrong order",
    "PACK003": "an expression that is none",
    "PACK004": "a metric that does not exist, or a condition that is none or on the wrong side",
    "PACK005": "a kind of step that does not exist or that no control can require",
    "PACK006": "a control that asks for nothing, is there twice, or removes what is not there",
    "PACK007": "a pack whose status, name, source or numbers contradict the rest of it",
    "PACK010": "a fact that decides whether a pack or a control applies, and that the model file does not state",
    "PACK011": "a stated fact that cannot be",
    "PACK012": "a role that a control needs and governance.yaml does not have",
    "PACK013": "a person who holds two roles that a pack keeps apart",
    "PACK014": "a gate of a control that was taken out or asks for somebody else",
    "PACK015": "a policy pack of governance.yaml that does not exist",
    "PACK016": "a questionnaire that contradicts itself: an axis or question that is there twice, or that nothing belongs to",
    "PACK017": "a matrix without a tier for answers that can be given, or with one for answers that cannot",
    "PACK018": "a matrix in which a riskier answer gives a laxer tier",
    "PACK019": "a policy pack of the project's own that has the name of one of the package",
}
