"""Performance without labels: what the scores themselves say of how often the model is right.

Confidence-based estimation: where a score is the probability of the positive label, its sum over rows is the number
of positives to expect among them. Whether it is one is learned from the baseline, which has labels. What the scores
do not know, they cannot tell: where the same score no longer means the same chance (concept drift), the estimate is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..data.profile import Outcomes, Profile, Profiles
from ..data.score_counts import ScoreBin, ScoreBins
from ..errors import CheckError
from ..measurement import Measurement, Metric
from .calibration import isotonic, tenths
from .calibration_test import hosmer_lemeshow_p
from .change import BASELINE
from .check import check
from .expected_outcomes import MEASURES, Predicted
from .outcome_rows import outcome_rows
from .resampling import Resampling

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, Any]

METRICS = (*(f"estimated_{name}" for name in MEASURES), *(f"estimated_{name}_change" for name in MEASURES))

_TAILS = (0.025, 0.975)
_BATCH = 1000
"""Draws at a time, so that very many of them need no more memory."""


@check("performance-estimate", version=1, metrics=METRICS)
def performance_estimate(profiles: Profiles, *, calibrate: str = "isotonic", resamples: int = 1000, seed: int = 0) -> Measurement:
    """Performance of a binary model on data whose labels are not known yet, from its scores and the baseline's labels.

    Args:
        calibrate: how a score becomes a probability; one of isotonic, none. isotonic fits the baseline's labels; none
            takes scores as they are, and its intervals do not know how wrong they may be.
        resamples: draws behind each interval (100 to 100,000).
        seed: of these draws (0 or more).

    Raises:
        CheckError: no baseline with labels, rows without score or prediction, scores that are no probabilities (outside
            0 to 1), or that fall where the truth rises.

    Source: confidence-based performance estimation as in NannyML (Białek et al. 2023, arXiv 2301.01640); isotonic
        calibration of Zadrozny and Elkan 2002.
    """
    resampling = Resampling(resamples, seed)
    old, new = _sides(profiles)
    if isinstance(old, str):
        return Measurement.not_applicable("performance-estimate", old)
    assert new is not None and profiles.baseline is not None  # noqa: S101 - for the type checker; `_sides` has looked
    estimate = _Estimate(old.bins, new.bins, calibrate)
    before = {row.name: row for row in outcome_rows(profiles.baseline.outcomes)} if profiles.baseline.outcomes else {}
    rows = estimate.rows(resampling)
    changes = [_change(row, before[row.name.removeprefix("estimated_")]) for row in rows]
    return Measurement.of("performance-estimate", [*rows, *changes], notes=[f"positive label: {new.positive}", *estimate.notes(resampling)])


def _sides(profiles: Profiles) -> tuple[ScoreBins | str, ScoreBins | None]:
    """The scores of both sides, or what this model has not."""
    missing = [role for role in ("target", "prediction", "score") if role not in profiles.roles.values()]
    if missing:
        return f"the data names no {' and no '.join(missing)}", None
    if profiles.baseline is None:
        raise CheckError("there is no baseline to learn from; name data.baseline in the model file")
    outcomes = profiles.baseline.outcomes
    if outcomes is not None and outcomes.n and outcomes.task != "binary":
        return f"the labels are those of {outcomes.task}; only two labels can be estimated", None
    old, new = (_side(word, side, profiles.roles) for word, side in (("baseline", profiles.baseline), ("current data", profiles.current)))
    assert outcomes is not None  # noqa: S101 - for the type checker; scores are counted beside outcomes only
    _teaches(outcomes, old.positive)
    _alike(outcomes, profiles)
    return old, new


def _teaches(outcomes: Outcomes, positive: str) -> None:
    """Refuse a baseline that nothing is learned from."""
    if strange := outcomes.strangers():
        raise CheckError(f"in the baseline {strange}")
    facts = outcomes.facts
    if not facts.get("positives") or facts["positives"] == facts["scored"]:
        raise CheckError("the baseline's known labels are all the same; expected both")
    if facts.get("auc", 0.5) < 0.5:
        raise CheckError(f"on the baseline the score falls as the truth rises (auc {facts['auc']:.3f}); expected the probability of {positive!r}")


def _alike(outcomes: Outcomes, profiles: Profiles) -> None:
    """Refuse predictions in another form than the baseline's: all of them would count as not positive."""
    known = {name for pair in outcomes.confusion for name in pair[:2]}
    column = profiles.current.columns[next(name for name, role in profiles.roles.items() if role == "prediction")]
    if new := sorted(set(column.values or {}) - known):
        raise CheckError(f"predictions of the current data have labels that the baseline has not: {', '.join(new[:5])}; write both in the same form")


def _side(word: str, side: Profile, roles: Any) -> ScoreBins:
    found = side.scores
    if found is None:
        raise CheckError("the scan did not count the scores; scan the data again")
    if found.reason:
        raise CheckError(found.reason)
    column = side.columns[next(name for name, role in roles.items() if role == "score")]
    if column.low is not None and column.high is not None and (column.low < 0 or column.high > 1):
        raise CheckError(f"scores of the {word} are no probabilities: {column.low:.6g} to {column.high:.6g}; expected 0 to 1")
    if found.silent:
        raise CheckError(f"{found.silent} rows of the {word} have no finite score or no prediction")
    if not any(one.yes or one.no for one in found.bins):
        raise CheckError(f"the {word} has no rows with a score")
    return found


class _Estimate:
    """The baseline's chances, applied to the current rows."""

    def __init__(self, old: tuple[ScoreBin, ...], new: tuple[ScoreBin, ...], calibrate: str) -> None:
        import numpy as np

        self.groups, self.raw = tenths(old), calibrate == "none"
        self.labelled = np.array([one.labelled for one in old])
        self.positives = np.array([one.positives for one in old])
        self.predicted = Predicted(np.array([one.yes for one in new]), np.array([one.no for one in new]))
        self.fitted = isotonic(self.positives, self.labelled)
        if self.raw:
            self.yes, self.no = np.array([one.yes_sum for one in new]), np.array([one.no_sum for one in new])
        else:
            self.yes, self.no = self.fitted * self.predicted.yes, self.fitted * self.predicted.no

    def rows(self, resampling: Resampling) -> list[Metric]:
        """Each estimate with the interval that the true measure lies in."""
        found, off = self.predicted.measures(self.yes, self.no), self._off(resampling)
        within = self.predicted.within(self.yes, self.no)
        return [_row(name, float(found[name]), off[name], within if name == "auc" else None, self.predicted.rows) for name in MEASURES]

    def notes(self, resampling: Resampling) -> list[str]:
        """What a reader must know to read the numbers."""
        how = "scores taken as they are" if self.raw else "scores calibrated on the baseline by isotonic regression"
        p = hosmer_lemeshow_p(self.groups)
        told = f"p {p:.3g}" if p is not None else "not known, since all scores of a group are 0 or 1"
        return [
            f"{how}; agreement with the baseline's labels: Hosmer-Lemeshow over {len(self.groups)} groups, {told}",
            f"ci: where the true measure lies, by {resampling.resamples} draws of the labels"
            f"{'' if self.raw else ' of both sides'}, seed {resampling.seed}; it holds only while a score means the chance it meant in the baseline",
        ]

    def _off(self, resampling: Resampling) -> dict[str, Numbers]:
        """Draws of truth minus estimate: of the current labels, and of the baseline's where they were learned from."""
        import numpy as np

        generator = np.random.Generator(np.random.PCG64(resampling.seed))
        parts = [min(_BATCH, resampling.resamples - start) for start in range(0, resampling.resamples, _BATCH)]
        found = [self._drawn(generator, draws) for draws in parts]
        return {name: np.concatenate([one[name] for one in found]) for name in MEASURES}

    def _drawn(self, generator: np.random.Generator, draws: int) -> dict[str, Numbers]:
        import numpy as np

        yes, no = self.predicted.yes, self.predicted.no
        size, chance = (draws, len(yes)), self._chance()
        chances = (_share(self.yes, yes), _share(self.no, no)) if self.raw else (chance, chance)
        truth = self.predicted.measures(*(generator.binomial(n, p, size) for n, p in zip((yes, no), chances, strict=True)))
        if self.raw:
            told = self.predicted.measures(self.yes, self.no)
        else:
            fitted = np.array([isotonic(one, self.labelled) for one in generator.binomial(self.labelled, chance, size)])
            told = self.predicted.measures(fitted * yes, fitted * no)
        return {name: truth[name] - told[name] for name in MEASURES}

    def _chance(self) -> Numbers:
        """The fitted chances to draw from, with half a row added to both sides: one of 0 would be certain."""
        import numpy as np

        found = np.array(self.fitted)
        for share in np.unique(self.fitted):
            block = self.fitted == share
            found[block] = (self.positives[block].sum() + 0.5) / (self.labelled[block].sum() + 1)
        return found


def _share(part: Numbers, whole: Numbers) -> Numbers:
    import numpy as np

    return np.clip(np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0), 0, 1)


def _row(name: str, value: float, off: Numbers, within: float | None, n: int) -> Metric:
    import numpy as np

    if not np.isfinite(value):
        return Metric(f"estimated_{name}", None, n=n, reason="by the scores all rows have one and the same label")
    known = off[np.isfinite(off)]
    # The wider of both tails on both sides: a fit to few labels errs to one side, and may do so once more in the draws.
    half = float(np.abs(np.quantile(known, _TAILS)).max()) + (within or 0.0) if len(known) == len(off) else 1.0
    interval = (max(0.0, value - half), min(1.0, value + half))
    return Metric(f"estimated_{name}", value, n=n, ci=interval, error_bound=within)


def _change(row: Metric, old: Metric) -> Metric:
    name = f"{row.name}_change"
    if row.value is None or old.value is None:
        return Metric(name, None, n=row.n, reference=BASELINE, reason=row.reason if row.value is None else f"in the baseline {old.reason}")
    ci = None if row.ci is None else (row.ci[0] - old.value, row.ci[1] - old.value)
    return Metric(name, row.value - old.value, n=row.n, ci=ci, reference=BASELINE, error_bound=row.error_bound)
