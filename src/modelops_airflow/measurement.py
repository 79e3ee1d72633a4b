"""What a check returns: numbers, never a verdict.

A `Measurement` is flat: rows of metric name, where it was measured, and a finite value or the
reason why there is none. Requirements (`policy/`) turn rows into verdicts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .digest import Digest


class Status(StrEnum):
    """Whether a check measured."""

    MEASURED = "measured"
    ERROR = "error"
    NOT_APPLICABLE = "not_applicable"


class Verdict(StrEnum):
    """What a requirement says of a measurement; only PASS is green."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    ERROR = "error"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True)
class Metric:
    """One number of a check.

    Attributes:
        name: stable public name, e.g. `psi`, `impact_ratio`, `auc`.
        where: what it was measured on: column, group, bin, slice. Empty: the whole.
        value: finite, or None with a `reason`.
        n: rows it rests on.
        ci: lower and upper bound of the 95 % interval, where one is known.
        p: p-value, where the metric is a test.
        unit: unit of the value where it is not a pure number.
        reference: the group, class or value compared with.
        judged: False for rows that are listed but never judged (groups below the minimum size).
        reason: why there is no value, or what a value that may fail is about.
        error_bound: how far the value may lie from the exact one (binned statistics).
    """

    name: str
    value: float | None
    where: Mapping[str, str] = field(default_factory=dict)
    n: int | None = None
    ci: tuple[float, float] | None = None
    p: float | None = None
    unit: str | None = None
    reference: str | None = None
    judged: bool = True
    reason: str | None = None
    error_bound: float | None = None

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            object.__setattr__(self, "value", None)
            object.__setattr__(self, "reason", self.reason or "not a finite number")
        if self.value is None and not self.reason:
            raise ValueError(f"metric {self.name}: a missing value needs a reason")

    def to_json(self) -> dict[str, Any]:
        """JSON form; absent facts are left out, `value` is always there."""
        row: dict[str, Any] = {"name": self.name, "where": dict(self.where), "value": self.value}
        optional = {
            "n": self.n, "ci": list(self.ci) if self.ci else None, "p": self.p, "unit": self.unit,
            "reference": self.reference, "reason": self.reason, "error_bound": self.error_bound,
        }
        row |= {key: value for key, value in optional.items() if value is not None}
        if not self.judged:
            row["judged"] = False
        return row

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Metric:
        """Inverse of `to_json`."""
        facts = dict(row)
        if "ci" in facts:
            low, high = facts["ci"]
            facts["ci"] = (low, high)
        return cls(**facts)


@dataclass(frozen=True)
class Measurement:
    """The whole answer of one check.

    Attributes:
        check: name of the check.
        version: semantic version of the check's meaning; package versions are not in here.
        status: measured, error, not_applicable.
        metrics: rows in a fixed order.
        inputs: digests of what was measured, by side (`current`, `baseline`, `artifact`).
        parameters: all parameters in force, defaults included.
        notes: what a reader must know to read the numbers.
    """

    check: str
    version: int
    status: Status
    metrics: tuple[Metric, ...] = ()
    inputs: Mapping[str, Digest] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, check: str, metrics: Iterable[Metric], *, version: int = 1, notes: Iterable[str] = ()
    ) -> Measurement:
        """A measured answer; inputs and parameters are filled in by the caller that knows them."""
        return cls(check, version, Status.MEASURED, tuple(metrics), notes=tuple(notes))

    @classmethod
    def error(cls, check: str, reason: str, *, version: int = 1) -> Measurement:
        """The check could not measure."""
        return cls(check, version, Status.ERROR, notes=(reason,))

    @classmethod
    def not_applicable(cls, check: str, reason: str, *, version: int = 1) -> Measurement:
        """The check has no meaning for this model or data."""
        return cls(check, version, Status.NOT_APPLICABLE, notes=(reason,))

    def to_json(self) -> dict[str, Any]:
        """JSON form, the body of the evidence and the output of `modelops check --json`."""
        return {
            "check": self.check,
            "version": self.version,
            "status": self.status.value,
            "metrics": [metric.to_json() for metric in self.metrics],
            "inputs": dict(self.inputs),
            "parameters": dict(self.parameters),
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Measurement:
        """Inverse of `to_json`."""
        return cls(
            check=body["check"],
            version=body["version"],
            status=Status(body["status"]),
            metrics=tuple(Metric.from_json(row) for row in body["metrics"]),
            inputs=dict(body["inputs"]),
            parameters=dict(body["parameters"]),
            notes=tuple(body["notes"]),
        )
