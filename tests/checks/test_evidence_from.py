"""Evidence from another environment is a pass, a fail with its reason, or an error; never a pass by default."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pyarrow as pa
import pytest
from worlds import profiles

from modelops_airflow.checks import CHECKS, CheckContext, Crossed, run_check
from modelops_airflow.digest import Digest
from modelops_airflow.errors import CheckError
from modelops_airflow.measurement import Status, Verdict
from modelops_airflow.plan.numbers import BUILT_IN
from modelops_airflow.plan.types import Requirement
from modelops_airflow.policy.verdict import judge

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
TABLE = pa.table({"x": [1.0, 2.0]})
DAY = datetime.timedelta(days=1)
PACK = Crossed(Digest("sha256:" + "1" * 64), NOW - 10 * DAY, "pass", True, {"approve-risk": "approved"},
               {"run": "a.release/1", "version": "1.0.0", "signer": "sha256:" + "2" * 64, "subject": "sha256:" + "3" * 64, "level": "L1", "ledger": "anchored"})
REQUIRED = [Requirement(metric, None, fail, {}, "built in", default=False) for metric, fail in BUILT_IN["evidence-from"].items()]


def measured(crossed, **options):
    return run_check("evidence-from", profiles(TABLE, TABLE), {"environment": "stage", **options}, context=CheckContext(crossed=crossed, now=lambda: NOW))


def verdict(crossed, **options):
    return judge(REQUIRED, measured(crossed, **options)).verdict


def test_a_pack_that_passed_is_a_pass_and_says_whose_it_is():
    found = measured(lambda _: PACK)
    assert judge(REQUIRED, found).verdict is Verdict.PASS
    assert found.inputs["pack:stage"] == PACK.pack
    assert "anchored, level L1" in found.notes[0]
    assert found.notes[1] == "these are not approvals of this life cycle"


@pytest.mark.parametrize(("pack", "said"), [
    ("no pack of stage is here", "no pack of stage is here"),
    (replace(PACK, verdict="fail", passed=False), "its verdict in stage is fail"),
    (replace(PACK, verdict="error", passed=False), "its verdict in stage is error"),
    (replace(PACK, passed=False, gates={"approve-risk": "rejected"}), "rejected at approve-risk"),
    (replace(PACK, made_at=NOW - 91 * DAY), "longer ago than P90D"),
])
def test_what_is_no_pass_fails_with_its_reason(pack, said):
    found = measured(lambda _: pack)
    assert found.status is Status.MEASURED
    assert judge(REQUIRED, found).verdict is Verdict.FAIL
    assert said in str(found.metrics[0].reason)


def test_the_age_is_counted_to_the_second():
    edge = replace(PACK, made_at=NOW - 90 * DAY)
    assert verdict(lambda _: edge) is Verdict.PASS
    assert verdict(lambda _: replace(edge, made_at=edge.made_at - datetime.timedelta(seconds=1))) is Verdict.FAIL
    assert verdict(lambda _: PACK, max_age="P9D") is Verdict.FAIL
    assert verdict(lambda _: PACK, max_age="P9999M9999M9999M") is Verdict.PASS


def test_what_cannot_be_known_is_an_error():
    def broken(_):
        raise CheckError("a pack that was taken in cannot be believed any more")

    assert verdict(None) is Verdict.ERROR
    assert verdict(broken) is Verdict.ERROR
    assert verdict(lambda _: replace(PACK, made_at=NOW + DAY)) is Verdict.ERROR
    assert verdict(lambda _: PACK, max_age="ninety days") is Verdict.ERROR
    assert verdict(lambda _: PACK, environment=3) is Verdict.ERROR
    assert CHECKS["evidence-from"].clash({"environment": "stage", "max_age": "any"})


def test_gates_that_were_open_there_can_be_required_too():
    waiting = replace(PACK, gates={"approve-validation": "approved", "approve-risk": "open"})
    rule = Requirement("environment_gates_open", None, "> 0", {}, "model file", default=False)
    assert judge([rule], measured(lambda _: waiting)).verdict is Verdict.FAIL
    assert judge([rule], measured(lambda _: PACK)).verdict is Verdict.PASS
    assert judge([rule], measured(lambda _: "nothing")).verdict is Verdict.ERROR
