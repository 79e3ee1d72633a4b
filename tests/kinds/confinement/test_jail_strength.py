"""A pickled model is scored only where the kernel keeps it in; what it was kept in by is said in the evidence and by doctor."""

from __future__ import annotations

import os

import pyarrow as pa
import pytest
from assembler import honest

from modelops_airflow.cli import doctor
from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError
from modelops_airflow.kinds import KINDS, scan, verify
from modelops_airflow.kinds.confinement import jail
from modelops_airflow.kinds.confinement.jail import score_in_jail, strength

ROWS = pa.table({"a": [0.0, 1.0]})
MODULES = ["sklearn.linear_model._base"]
WEAK = {
    "no network name space": "modelops_airflow.kinds.confinement.jailed.leave_network = modelops_airflow.kinds.confinement.lockdown.leave_network = lambda: False",
    "no Landlock": "modelops_airflow.kinds.confinement.lockdown.only_read = lambda *_: False",
}
BELIEVED = "modelops_airflow.kinds.confinement.lockdown.lacking = lambda *_: []"


@pytest.fixture(autouse=True)
def whole() -> None:
    """Where there is no whole jail there is nothing to weaken."""
    if strength().lacks:
        lacking = f"this system has no whole jail: {strength()}"
        if os.environ.get("CI"):
            pytest.fail(f"CI must test the jail, and {lacking}")
        pytest.skip(lacking)


@pytest.fixture
def weakened(monkeypatch: pytest.MonkeyPatch) -> object:
    """Makes jails start on a system that does not allow something, or with other lines before."""

    def weaken(*lines: str) -> None:
        for name in ("_START", "_LOOK"):
            before, after = getattr(jail, name).split("from modelops", 1)
            inside = "; ".join(["import modelops_airflow.kinds.confinement.jailed, modelops_airflow.kinds.confinement.lockdown", *lines])
            monkeypatch.setattr(jail, name, f"{before}{inside}; from modelops{after}")

    return weaken


@pytest.mark.parametrize("what", WEAK)
def test_where_the_kernel_does_not_keep_it_in_a_pickled_model_is_not_scored(what: str, weakened, monkeypatch: pytest.MonkeyPatch) -> None:
    weakened(WEAK[what])
    with pytest.raises(ArtifactError, match=rf"not loaded: .*{what}.*; run tasks where .* or save the model as skops or onnx"):
        score_in_jail(honest(), ROWS, arrays=False, modules=MODULES)
    monkeypatch.setattr(jail, "lacking", lambda *_: [])
    with pytest.raises(ArtifactError, match="not locked in"):  # the jailed process does not load it, whatever its parent believes
        score_in_jail(honest(), ROWS, arrays=False, modules=MODULES)
    weakened(BELIEVED)
    answer = score_in_jail(honest(), ROWS, arrays=False, modules=MODULES)  # the negative control: the guards were what refused
    assert "audit hook only" in (answer.network, answer.files)


@pytest.mark.parametrize("what", WEAK)
def test_doctor_says_how_strong_the_jail_of_this_machine_is(what: str, weakened) -> None:
    found = doctor._jail()
    assert (found.what, found.state, found.next_step) == ("jail", "ok", "")
    assert "network: own name space; files: Landlock" in found.message
    weakened(WEAK[what])
    found = doctor._jail()
    assert found.state == "warned"
    assert what in found.message
    assert "save the model as skops" in found.next_step


def test_where_no_process_can_be_locked_in_doctor_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jail, "_LOOK", "raise SystemExit(3)")
    assert "cannot be locked in on this system (exit code 3)" in doctor._jail().message


def test_the_scorer_tells_what_kept_the_model_in_and_tells_nothing_where_it_was_not_asked() -> None:
    data = honest()
    report = scan("pickle", data, file="model.pkl")
    scorer = KINDS["pickle"].load(verify("pickle", data, digest_bytes(data), report))
    assert scorer.notes() == ()
    for _ in range(2):
        scorer.score(ROWS)
    assert scorer.notes() == ("scored in a jail; network: own name space; files: Landlock",)
