"""A statement is made by its content alone: everybody who knows it makes the same bytes."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from modelops_airflow.errors import SigningError
from modelops_airflow.signing.statement import (
    activation_statement,
    decision_statement,
    digest_in,
    enrolment_statement,
    payload_of,
    read_payload,
    record_statement,
)

SAID: dict[str, Any] = {
    "subject": "sha256:" + "a" * 64, "step": "approve-risk", "meaning": "approve", "decision": "approve", "person": "rita",
    "comment": "Yes.", "conditions": ["Report in March."], "until": "2027-03-31T00:00:00Z", "nth": 1,
}

CONDITIONS = b'["Report in March."]'


def test_the_bytes_of_a_decision_are_these_for_ever() -> None:
    assert payload_of(decision_statement(**SAID)).decode() == (
        '{"_type":"https://in-toto.io/Statement/v1","predicate":{'
        f'"comment":"sha256:{hashlib.sha256(b"Yes.").hexdigest()}",'
        f'"conditions":"sha256:{hashlib.sha256(CONDITIONS).hexdigest()}",'
        '"decision":"approve","meaning":"approve","nth":1,"person":"rita","step":"approve-risk","until":"2027-03-31T00:00:00Z"},'
        '"predicateType":"urn:modelops-airflow:decision:1","subject":[{"digest":{"sha256":"' + "a" * 64 + '"},"name":"subject"}]}'
    )


@pytest.mark.parametrize("change", [
    {"subject": "sha256:" + "b" * 64}, {"step": "other"}, {"meaning": "validate"}, {"decision": "reject"}, {"person": "rolf"},
    {"comment": "yes."}, {"conditions": []}, {"conditions": ["Report in March.", ""]}, {"until": None}, {"nth": 2},
])
def test_every_difference_gives_another_statement(change: dict[str, Any]) -> None:
    assert digest_in(decision_statement(**{**SAID, **change})) != digest_in(decision_statement(**SAID))


def test_no_words_of_a_person_are_in_the_statement() -> None:
    payload = payload_of(decision_statement(**SAID))
    assert b"Yes." not in payload and b"March" not in payload


def test_statements_of_different_kinds_never_have_the_same_bytes() -> None:
    digest = "sha256:" + "a" * 64
    made = [decision_statement(**SAID), enrolment_statement("rita", 1),
            record_statement(digest, auth="simple:rita", role="risk", at="2027-01-01T00:00:00Z", expires=None),
            activation_statement(digest, person="rita", kind="passkey", by="vera")]
    assert len({one["predicateType"] for one in made}) == len({digest_in(one) for one in made}) == 4


def test_a_payload_is_read_back() -> None:
    assert read_payload(payload_of(decision_statement(**SAID))) == decision_statement(**SAID)


@pytest.mark.parametrize("payload", [
    b"", b"[]", b"null", b"{}", b"\xff", b'{"_type": "https://in-toto.io/Statement/v1"}', b'{"_type":"other"}', b"[" * 100_000,
    b'{"_type":"https://in-toto.io/Statement/v1","a":1e400}',
    b'{"_type":"https://in-toto.io/Statement/v1","_type":"https://in-toto.io/Statement/v1"}',
])
def test_what_is_no_canonical_statement_is_refused_with_one_line(payload: bytes) -> None:
    with pytest.raises(SigningError, match=r"^the payload is[^\n]*$"):
        read_payload(payload)
