"""Champion: is this version better or worse than the one in use, on the same rows?

Asks both verified models. Which version is in use the register says and no model file; where there never was one, the
check does not apply and blocks nothing. One that is lost, or cannot be opened or asked, is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..data.profile import Profiles
from ..data.values import UNKNOWN, labels
from ..errors import CheckError
from ..measurement import Measurement, Metric
from . import outcome_rows
from .answers import Answers, Model, ask, demand_usable, is_amount, model_of
from .champion_groups import RATIO, Table, tables_of
from .champion_measures import AGAINST, NO_INTERVAL, Compared, mcnemar_row, unlabelled_rows, worst_rows
from .check import CheckContext, check
from .interval import wilson
from .paired import paired_intervals
from .ranks import rank_correlation
from .sample import Sample, sample

if TYPE_CHECKING:
    import pyarrow as pa

_CHANGES = (*(f"{name}_{AGAINST}" for name in outcome_rows.METRICS), RATIO)

METRICS = (*_CHANGES, *(f"{name}_worst" for name in _CHANGES if name != NO_INTERVAL), "mcnemar_p", "other_decisions_share", "champion_rank_correlation")


@check("champion", version=1, metrics=METRICS)
def champion(
    profiles: Profiles,
    *,
    rows: int = 10_000,
    resamples: int = 1000,
    seed: int = 0,
    min_group_size: int = 30,
    min_coverage: float = 0.9,
    context: CheckContext,
) -> Measurement:
    """Performance, decisions and fairness of this version beside the version in use, on the same rows.

    Args:
        rows: at most so many rows of the current data, drawn without replacement; both models are asked of these
            (10 to 1,000,000).
        resamples: draws of these rows behind each interval (100 to 100,000).
        seed: of all draws (0 or more).
        min_group_size: smaller protected groups are listed, never judged (rows, 10 or more).
        min_coverage: share of rows that must be in groups of each protected attribute large enough to judge (0 to 1).

    Returns:
        For each measure of `performance`, and for the impact ratio of each protected group, its change: this version
        minus the one in use. `ci` is the paired 95 % interval (`ece` has none), `..._worst` its worse end. `mcnemar_p` is over rows with
        a known label, `other_decisions_share` and `champion_rank_correlation` over all that were asked. Not applicable
        where the register has never had a version in use.

    Raises:
        CheckError: the version in use is not known, lost, or cannot be opened; a model does not answer every row; the two
            answer in different forms; too few rows are in groups large enough.

    Source: Efron 1979 (percentile bootstrap); McNemar 1947, exact; 29 CFR 1607.4(D) for the impact ratio.
    """
    if context.champion is None:
        raise CheckError("which version is in use is not known here; name its file with --champion-artifact")
    model, other = model_of(context, "champion"), context.champion()
    if isinstance(other, str):
        return Measurement.not_applicable("champion", other)
    drawn = sample(profiles, context, rows, seed)
    pair = _Pair.of(profiles, drawn, other.score, model)
    tables = pair.tables(profiles, drawn, min_group_size, min_coverage) if not _fairness(profiles, pair) else []
    found = [*pair.changes(profiles, resamples, seed, tables), *_no_fairness(profiles, pair)]
    told = Measurement.of(
        "champion", [*found, *worst_rows(found), *pair.decisions()],
        notes=[f"in use: {other.told}", drawn.told("current data", seed), pair.labelled, _fairness(profiles, pair) or
               f"favourable label: {profiles.favourable}; ratios are against the group that each version selects most",
               f"ci: {resamples} resamples of these rows, the same for both versions, seed {seed}"])
    return replace(told, inputs={"champion": other.artifact}, parameters={"champion": {**other.facts, "artifact": other.artifact}})


def _fairness(profiles: Profiles, pair: _Pair) -> str:
    """Why fairness is not compared; empty if it is."""
    lacking = "protected column" if not profiles.protected else "" if profiles.favourable else "favourable label"
    why = f"the model file names no {lacking}" if lacking else "predictions are amounts" if pair.amount else ""
    return why and f"fairness is not compared: {why}"


def _no_fairness(profiles: Profiles, pair: _Pair) -> list[Metric]:
    """Where somebody is protected, what is required of the comparison is unknown, and never left out."""
    why = _fairness(profiles, pair)
    return [Metric(RATIO, None, reason=why)] if why and profiles.protected else []


@dataclass(frozen=True)
class _Pair:
    """What both models say of the same rows.

    Attributes:
        before: of the version in use.
        after: of this version.
        amount: predictions are amounts.
        truth: labels; None where none is known.
        labelled: how many are, in words.
    """

    before: Answers
    after: Answers
    amount: bool
    truth: pa.ChunkedArray[Any] | None
    labelled: str

    @classmethod
    def of(cls, profiles: Profiles, drawn: Sample, champion: Model, model: Model) -> _Pair:
        before, after = _asked("the version in use", champion, drawn), _asked("this version", model, drawn)
        if is_amount(before, profiles) != is_amount(after, profiles):
            raise CheckError("the version in use and this one answer in different forms: one predicts amounts, the other labels")
        amount, (old, new) = is_amount(after, profiles), (set(one.labels) for one in (before, after))
        if not amount and not old & new and len(old | new) > 2:
            raise CheckError(f"the version in use and this one have no label in common (in use: {', '.join(sorted(old)[:5])}; "
                             f"this one: {', '.join(sorted(new)[:5])}); a comparison needs both in the same form")
        known = 0 if drawn.truth is None else _known(drawn.truth)
        return cls(before, after, amount, drawn.truth if known else None, f"{known} of {len(after.labels)} rows have a known label")

    def tables(self, profiles: Profiles, drawn: Sample, least_rows: int, coverage: float) -> list[Table]:
        """The protected groups, and whom each version selects."""
        given = {*self.before.labels, *self.after.labels, *([] if self.truth is None else labels(self.truth)[0])}
        if profiles.favourable not in given:
            raise CheckError(f"favourable label {profiles.favourable!r} is in no prediction or label; found {', '.join(sorted(given)[:10])}")
        return tables_of(profiles.protected, profiles.favourable, drawn.table, (self.before.labels, self.after.labels), least_rows, coverage)

    def changes(self, profiles: Profiles, resamples: int, seed: int, tables: Sequence[Table]) -> list[Metric]:
        """The change of every measure and ratio with its interval."""
        compared = None if self.truth is None else Compared.of(self.truth, self.before, self.after, profiles.current.outcomes)
        parts: list[Compared | Table] = [*([] if compared is None else [compared]), *tables]
        intervals = paired_intervals(parts, len(self.after.labels), resamples, seed) if parts else []
        rows = unlabelled_rows(amount=self.amount) if compared is None else []
        return [*rows, *(row for part, some in zip(parts, intervals, strict=True) for row in part.rows(some))]

    def decisions(self) -> list[Metric]:
        """How far the two differ, and whether one of them is right more often."""
        n, rows = len(self.after.labels), []
        if not self.amount:
            other = int((self.before.labels != self.after.labels).sum())
            rows += [mcnemar_row(self.truth, self.before, self.after), Metric("other_decisions_share", other / n, n=n, ci=wilson(other, n), reference="champion")]
        order, why = None, "one of the two gives no scores"
        if self.before.numbers is not None and self.after.numbers is not None and (self.amount or (self.before.scored and self.after.scored)):
            order, why = rank_correlation(self.before.numbers, self.after.numbers), "the scores of one of the two are all the same"
        return [*rows, Metric("champion_rank_correlation", order, n=n, reference="champion", reason=None if order is not None else why)]


def _asked(who: str, model: Model, drawn: Sample) -> Answers:
    """A model's answers, one for every row: numbers over the rest would flatter it."""
    try:
        answers = ask(model, drawn.features)
        demand_usable(answers, "sample")
    except CheckError as error:
        raise CheckError(f"{who}: {error}") from None
    return answers


def _known(truth: pa.ChunkedArray[Any]) -> int:
    """How many labels are known."""
    import numpy as np

    names, codes = labels(truth)
    return int(np.array([name != UNKNOWN for name in names], dtype=bool)[codes].sum()) if names else 0
