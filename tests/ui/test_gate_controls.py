"""The page of a gate tells the controls that its decision covers, with the words that the person says."""

from __future__ import annotations

from modelops_airflow.ui.reads.gate_page import covered_by

PLAN = {
    "steps": [{"id": "attest-legal", "options": {"controls": ["nyc-ll144 LL144-SCOPE"]}}, {"id": "approve-risk", "options": {"roles": {"risk": 1}}}],
    "packs": {"nyc-ll144": {"draft": True, "controls": {"LL144-SCOPE": {
        "ref": "20-870", "text": "It is determined.", "attest": {"role": "legal", "statement": "I determined it."}}}}},
}


def test_the_controls_of_a_gate_come_with_text_statement_and_draft() -> None:
    assert covered_by(PLAN, "attest-legal") == [{
        "pack": "nyc-ll144", "control": "LL144-SCOPE", "draft": True, "ref": "20-870", "text": "It is determined.", "statement": "I determined it."}]


def test_a_gate_of_no_control_and_a_plan_without_packs_tell_none() -> None:
    assert covered_by(PLAN, "approve-risk") == [] and covered_by({"steps": []}, "approve-risk") == []
