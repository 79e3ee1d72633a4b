"""The profile: what one scan leaves of a data set. Checks read this, never rows.

Plain counts and sums, JSON in and out; a profile is evidence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from .group import Group, Median
from .maturity import Maturity
from .moments import Sums
from .score_counts import Ranking, ScoreBins

NUMERIC, CATEGORICAL, TIME, OTHER = "numeric", "categorical", "time", "other"
UNCOMPARED = (TIME, OTHER)
"""Kinds of column of which only missing values are counted."""

KEY = "key"
"""Role of a column that says which row it is: a model sees it, and nothing of it is compared."""

_ASKED = ("slices", "scores", "rankings", "vintages", "maturity")
"""Facts of a profile that are there only where a step asked for them, or where labels arrive late."""


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        kind: numeric, categorical, time, or other: a list, or what says who a row is.
        n: rows; nulls: missing or NaN; infinite: not finite otherwise. Statistics are over the rest.
        distinct: number of different values; None where they were not counted: more than `values` has room for.
        low, high, mean, std: of finite values; std with ddof 0.
        values: label -> count, for categories and for numbers with few different values; None if too many.
        edges: bin edges, ascending; bins are [a, b), the last one closed.
        counts: rows by bin, with one before the first edge and one behind the last.
        sums: exact sums that mean and std come from; None without numbers, of what a warehouse counted, and in profiles of the first release.
    """

    kind: str
    n: int
    nulls: int
    infinite: int = 0
    distinct: int | None = 0
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    std: float | None = None
    values: Mapping[str, int] | None = None
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    sums: Sums | None = None

    @property
    def valid(self) -> int:
        """Rows with a usable value."""
        return self.n - self.nulls - self.infinite


@dataclass(frozen=True)
class Outcomes:
    """How predictions relate to the truth; sums are exact.

    Attributes:
        task: binary, multiclass or regression.
        n: rows with truth and prediction.
        positive: label that counts as positive (binary): the one that sorts last.
        confusion: (truth, prediction) -> rows.
        unanswered: rows with a truth and no usable prediction.
        facts: further sums by name, e.g. `auc`, `ks`, `log_likelihood`, `squared`.
        calibration: rows, sum of scores, positives by bin of the score.
    """

    task: str
    n: int
    labels: tuple[str, ...] = ()
    positive: str = ""
    confusion: tuple[tuple[str, str, int], ...] = ()
    facts: Mapping[str, float] = field(default_factory=dict)
    calibration: tuple[tuple[int, float, int], ...] = ()
    unanswered: int = 0

    def strangers(self) -> str:
        """What to tell where truth and prediction have no label in common: another form, not another opinion; else empty.

        One label of each may be the two sides of one question, all of it answered wrongly.
        """
        truths, guesses = {truth for truth, _, _ in self.confusion}, {guess for _, guess, _ in self.confusion}
        if not truths or truths & guesses or len(truths | guesses) == 2:
            return ""
        return (f"truth and prediction have no label in common (truth: {', '.join(sorted(truths)[:5])}; prediction: "
                f"{', '.join(sorted(guesses)[:5])}); write both in the same form")


@dataclass(frozen=True)
class Slice:
    """Outcomes of the rows of one label; task and positive label are those of all rows.

    Attributes:
        rows: with the label, also those without a known truth; where labels arrive late, those that are mature.
        immature: rows with the label that are not mature.
    """

    label: str
    rows: int
    outcomes: Outcomes
    immature: int = 0


@dataclass(frozen=True)
class Slices:
    """The slices of one column.

    Attributes:
        reason: why there are none; empty if there are.
    """

    found: tuple[Slice, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Profile:
    """One side, scanned.

    Attributes:
        slices: by column, scores: in bins, rankings: by how they are measured; only where a step asked for them.
        vintages: by period, as slices of the time column; only where a step asked for them.
        maturity: how much of the truth can be known; None unless labels arrive late.
        median: of the score, which `above` of the groups is counted by; None without a score or without
            protected columns, and in profiles made before it was kept.
    """

    rows: int
    columns: Mapping[str, Column]
    groups: Mapping[str, tuple[Group, ...]] = field(default_factory=dict)
    outcomes: Outcomes | None = None
    median: Median | None = None
    slices: Mapping[str, Slices] = field(default_factory=dict)
    scores: ScoreBins | None = None
    rankings: Mapping[str, Ranking] = field(default_factory=dict)
    vintages: Mapping[str, Slices] = field(default_factory=dict)
    maturity: Maturity | None = None

    @property
    def due(self) -> int:
        """Rows whose truth should be known: all, or those that are mature."""
        return self.rows if self.maturity is None else self.maturity.mature

    def to_json(self) -> dict[str, Any]:
        """JSON form; what no step asked for is left out."""
        body: dict[str, Any] = _plain(asdict(self))
        return {name: facts for name, facts in body.items() if facts or name not in _ASKED}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Profile:
        """Inverse of `to_json`."""
        return cls(
            rows=body["rows"],
            columns={name: _column(facts) for name, facts in body["columns"].items()},
            groups={name: tuple(Group(**group) for group in groups) for name, groups in body["groups"].items()},
            outcomes=None if body["outcomes"] is None else _outcomes(body["outcomes"]),
            median=Median(**body["median"]) if body.get("median") else None,
            slices={name: _slices(facts) for name, facts in body.get("slices", {}).items()},
            scores=ScoreBins.from_json(body["scores"]) if body.get("scores") else None,
            rankings={name: Ranking.from_json(facts) for name, facts in body.get("rankings", {}).items()},
            vintages={name: _slices(facts) for name, facts in body.get("vintages", {}).items()},
            maturity=Maturity(**body["maturity"]) if body.get("maturity") else None,
        )


@dataclass(frozen=True)
class Pair:
    """Two samples of one column, compared exactly with edges over both sides.

    Attributes:
        baseline, current: rows by bin or by label, in the same order.
        n_baseline, n_current: usable rows.
        few: True if counted by label (categories, or 20 different values at most in the baseline).
        distinct: different values over both sides.
        ks, ks_p, wasserstein: exact, None for categories.
        by_rows: further comparisons of numbers that were asked for (`data/two_sample.py`), or why there is no value.
    """

    kind: str
    baseline: tuple[int, ...]
    current: tuple[int, ...]
    n_baseline: int
    n_current: int
    few: bool
    distinct: int
    ks: float | None = None
    ks_p: float | None = None
    wasserstein: float | None = None
    by_rows: Mapping[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class Profiles:
    """What the checks of a run read.

    Attributes:
        roles: column name -> role (`target`, `prediction`, `score`, `protected`, `time`, `feature`).
        favourable: the label that is good for the person, as text; empty if not named.
        inputs: digest of each side.
        pairs: by column, only where a step asked for `binning: evidently`.
        pushed: sides that were counted in their warehouse, so that their rows are not here.
    """

    current: Profile
    baseline: Profile | None
    roles: Mapping[str, str]
    protected: tuple[str, ...] = ()
    favourable: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    pairs: Mapping[str, Pair] | None = None
    pushed: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """JSON form."""
        return {
            "current": self.current.to_json(),
            "baseline": self.baseline.to_json() if self.baseline else None,
            "roles": dict(self.roles),
            "protected": list(self.protected),
            "favourable": self.favourable,
            "inputs": dict(self.inputs),
            "pairs": None if self.pairs is None else {name: _plain(asdict(pair)) for name, pair in self.pairs.items()},
            **({"pushed": list(self.pushed)} if self.pushed else {}),
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> Profiles:
        """Inverse of `to_json`."""
        pairs = body["pairs"]
        return cls(
            current=Profile.from_json(body["current"]),
            baseline=Profile.from_json(body["baseline"]) if body["baseline"] else None,
            roles=body["roles"],
            protected=tuple(body["protected"]),
            favourable=body["favourable"],
            inputs=body["inputs"],
            pairs=None if pairs is None else {
                name: Pair(**{**pair, "baseline": tuple(pair["baseline"]), "current": tuple(pair["current"])})
                for name, pair in pairs.items()
            },
            pushed=tuple(body.get("pushed", ())),
        )


def _column(facts: Mapping[str, Any]) -> Column:
    sums = facts["sums"]  # the first release kept a list of sums by bin that nothing read
    return Column(**{**facts, "edges": tuple(facts["edges"]), "counts": tuple(facts["counts"]),
                     "sums": Sums(**sums) if isinstance(sums, dict) else None})


def _outcomes(facts: Mapping[str, Any]) -> Outcomes:
    return Outcomes(**{**facts, "labels": tuple(facts["labels"]), "confusion": tuple((t, p, n) for t, p, n in facts["confusion"]),
                       "calibration": tuple((n, s, p) for n, s, p in facts["calibration"])})


def _slices(facts: Mapping[str, Any]) -> Slices:
    return Slices(tuple(Slice(one["label"], one["rows"], _outcomes(one["outcomes"]), one.get("immature", 0)) for one in facts["found"]), facts["reason"])


def _plain(value: Any) -> Any:
    """Tuples as lists, as JSON has them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
