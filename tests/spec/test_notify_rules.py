"""notify of governance.yaml: strict, all mistakes at once, each at its line and column."""

from __future__ import annotations

import pytest

from modelops_airflow.spec.problem import SpecError
from modelops_airflow.spec.read import parse_governance

HEAD = "modelops: 1\npeople: {}\nroles: {}\nnotify:\n"


def problems(text):
    with pytest.raises(SpecError) as told:
        parse_governance(HEAD + text, "governance.yaml")
    return [(one.line, one.column, one.code) for one in told.value.problems]


def test_mail_slack_and_a_webhook_with_an_escalation_are_read():
    text = (
        '  - {notifier: smtp, connection: mail, to: ["risk@bank.example"], about: [gate-opened, gate-overdue], tiers: [1], escalate: {after: P3D, to: ["head@bank.example"]}}\n'
        '  - {notifier: slack, connection: slack_api, to: ["#model-risk"], about: [deployed], models: [pricing]}\n'
        "  - {notifier: slack-webhook, connection: hook, about: [clock-overdue], ahead: P1D, escalate: {after: P1D, connection: boss}}\n")
    found = parse_governance(HEAD + text, "governance.yaml").spec.notify
    assert [one.connection for one in found] == ["mail", "slack_api", "hook"] and found[0].ahead == "P3D"


def test_all_mistakes_of_all_entries_are_told_at_once():
    text = (
        '  - {notifier: smtp, connection: mail, to: ["risk"], about: [gate-opened]}\n'
        '  - {notifier: slack, connection: s, to: ["model-risk"], about: [deployed]}\n'
        '  - {notifier: slack-webhook, connection: h, to: ["#a"], about: [deployed]}\n'
        "  - {notifier: smtp, connection: mail, about: [deployed]}\n"
        '  - {notifier: smtp, connection: mail, to: ["a@b.example"], about: [deployed], escalate: {after: P3D, to: ["c@d.example"]}}\n'
        '  - {notifier: slack-webhook, connection: h, about: [gate-overdue], escalate: {after: P3D}}\n')
    assert [line for line, _, _ in problems(text)] == [5, 6, 7, 8, 9, 10]


@pytest.mark.parametrize("address", [
    "a@b.example\\nBcc: c@d.example", "a@b.example, c@d.example", "Risk <a@b.example>", "a b@c.example", "@b.example", "a@", "{{ var.value.x }}@b.example",
])
def test_what_is_no_single_address_is_refused(address):
    assert problems(f'  - {{notifier: smtp, connection: mail, to: ["{address}"], about: [deployed]}}\n')[0][:2] == (5, 45)


@pytest.mark.parametrize(("text", "code"), [
    ("  - {notifier: fax, connection: mail, about: [deployed]}\n", "SPEC012"),
    ('  - {notifier: smtp, connection: "mail server", to: ["a@b.example"], about: [deployed]}\n', "SPEC012"),
    ('  - {notifier: smtp, connection: mail, to: ["a@b.example"], about: [gate-open]}\n', "SPEC012"),
    ('  - {notifier: smtp, connection: mail, to: ["a@b.example"], about: []}\n', "SPEC012"),
    ('  - {notifier: smtp, connection: mail, to: ["a@b.example"], about: [deployed], password: x}\n', "SPEC009"),
    ('  - {notifier: smtp, connection: mail, to: ["a@b.example"], about: [gate-due], ahead: 3 days}\n', "SPEC012"),
])
def test_a_slip_is_told_with_its_code(text, code):
    assert {found for _, _, found in problems(text)} == {code}
