"""A bank whose packs are signed, with a release that measured bias by sex and race; what documents and pages are tested with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bank import Bank, Candidate
from modelops_airflow.measurement import Measurement, Metric
from modelops_airflow.settings import settings_from
from modelops_airflow.signing.ed25519 import generate
from modelops_airflow.steps.evidence_pack import pack_of
from modelops_airflow.steps.measured import measured

SEXES, RACES = {"female": 0.41, "male": 0.45}, {"a": 0.44, "b": 0.41176470588235}


def rows() -> list[Metric]:
    """What the bias check tells of two columns: rates, ratios, people, those of unknown category and their intersections."""
    places: list[tuple[dict[str, str], float]] = [({"sex": one}, rate) for one, rate in SEXES.items()] + [({"race": one}, rate) for one, rate in RACES.items()]
    places += [({"race": race, "sex": sex}, (first + second) / 2) for race, first in RACES.items() for sex, second in SEXES.items()]
    told = [row for where, rate in places for row in (
        Metric("n", 500.0, where, n=500), Metric("selection_rate", rate, where, n=500), Metric("impact_ratio", rate / 0.45, where, n=500))]
    unknown = [Metric("n", float(n), {column: "(unknown)"}, n=n, judged=False, reason="never judged") for column, n in (("sex", 17), ("race", 23))]
    return [*told, *unknown]


class House:
    """A bank whose packs are signed."""

    def __init__(self, root: Path, url: str) -> None:
        self.root, self.bank = root, Bank(root / "bank", url).open()
        generate(root / "house.pem")

    def released(self, told: list[Metric] | None = None, **model: Any) -> Candidate:
        """A version measured, decided and live."""
        def measure(key: Any, ratio: float = 0.0) -> None:
            run = self.bank.run(key)
            scan = run.plan.step("scan-artifact")
            from modelops_airflow.steps.scan_artifact import scan_artifact

            run.journal.record(scan, scan_artifact(run, scan))
            step = run.plan.step("bias")
            run.journal.record(step, measured(run, step, Measurement.of("bias", told if told is not None else rows(), notes=["a note of 2 words"])))

        self.bank.measure = measure  # type: ignore[method-assign]
        return self.bank.live(**model)

    def pack(self, release: Candidate) -> bytes:
        """The pack of a version, as the house signs it."""
        settings = settings_from({"root": str(self.root), "checkpoint_key": "house.pem"})
        return self.bank.store.get(pack_of(replace(self.bank.run(release.key), settings=settings)))
