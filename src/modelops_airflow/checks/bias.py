"""Bias: does the model treat groups of people alike?

Measures outcomes by protected group from the group tables of one scan: counts, no rows, so any kind of
model will do. It gives no verdict; requirements do. Positive means the favourable label.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..data.group import Group
from ..data.groups import SEPARATOR
from ..data.profile import Profiles
from ..errors import CheckError
from ..measurement import Measurement
from . import category_rows, parity
from .check import check
from .comparison import Comparison
from .resampling import Resampling
from .share import BY_TRUTH, SCORING, SELECTION

METRICS = (*category_rows.METRICS, *parity.METRICS)

_NO_TARGET = "no target: the data has no labels"
_NO_LABEL = "no label is named as favourable; add data.columns.favourable to the model file"
_NO_PREDICTION = "the data has no predictions to compare groups by"


@check("bias", version=1, metrics=METRICS)
def bias(
    profiles: Profiles,
    *,
    by: Sequence[str] = ("protected",),
    intersections: bool = True,
    min_group_size: int = 30,
    min_coverage: float = 0.9,
    least_share: float = 0.0,
    reference: Mapping[str, str] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> Measurement:
    """Outcomes by protected group and, if asked, by their intersections.

    Args:
        by: protected columns; `protected` means those named in the model file.
        intersections: also the groups of all protected columns together.
        min_group_size: smaller groups are listed, never judged (rows, 1 or more).
        min_coverage: share of rows that must be in groups large enough to judge (0 to 1).
        least_share: groups with a smaller share of the rows are listed, never judged; New York's Local Law 144
            permits 0.02, with a reason (0 to 0.99).
        reference: column -> group that ratios are against; without it the most selected group, for scores the
            one most often above the median. For intersections `race+sex` -> `white, male`.
        resamples: draws behind each interval of a ratio or difference (100 to 100,000).
        seed: of these draws (0 or more).

    Raises:
        CheckError: no favourable label and no scores, a column that was not scanned, a reference that is not
            there, fewer than two groups that can be judged, or too few rows in them.

    Source: 29 CFR 1607.4(D) for the impact ratio; 6 RCNY 5-300 (Local Law 144) for rates and ratios of scores;
        Hardt et al. 2016 for equalised odds; the definitions of differences and ratios are Fairlearn's, over
        the groups that are judged.
    """
    names = list(dict.fromkeys(name for one in by for name in (profiles.protected if one == "protected" else (one,))))
    if not names:
        return Measurement.not_applicable("bias", "the model file names no protected column")
    _named(profiles, reference or {})
    resampling = Resampling(resamples, seed)
    comparison = Comparison(min_group_size, least_share, min_coverage, reference or {}, _missing(profiles), resampling)
    rows, notes = [], _notes(profiles, resampling)
    for name in names:
        rows += comparison.of_attribute(name, _groups(profiles, name))
    if intersections and len(names) > 1 and set(names) == set(profiles.protected):
        table = SEPARATOR.join(profiles.protected)
        more, note = comparison.of_intersection(table, _groups(profiles, table))
        rows += more
        notes += [note] if note else []
    return Measurement.of("bias", rows, notes=notes)


def _groups(profiles: Profiles, table: str) -> Sequence[Group]:
    groups = profiles.current.groups.get(table)
    if groups is None:
        raise CheckError(f"column {table!r} was not scanned; name it under data.columns.protected")
    return groups


def _named(profiles: Profiles, reference: Mapping[str, str]) -> None:
    """Refuse a reference for groups that are not there: it would quietly be the most selected one instead."""
    for table in reference:
        if table not in profiles.current.groups:
            known = ", ".join(profiles.current.groups)
            raise CheckError(f"there is a reference for {table!r}, which has no groups; expected one of: {known or 'none'}")


def _selects(profiles: Profiles) -> bool:
    return bool(profiles.favourable) and "prediction" in profiles.roles.values()


def _missing(profiles: Profiles) -> dict[str, str]:
    """Why the profile may not have a rate, for every rate.

    Raises:
        CheckError: it can have none, or predictions that cannot be compared.
    """
    scoring = _no_scoring(profiles)
    selection = _NO_PREDICTION if profiles.favourable else _NO_LABEL
    if _selects(profiles):
        _usable(profiles)
    elif scoring or not profiles.current.groups:
        raise CheckError(f"{selection} ({scoring})" if "score" in profiles.roles.values() else selection)
    by_truth = _NO_TARGET if _selects(profiles) else selection
    return {SELECTION: selection, SCORING: scoring} | dict.fromkeys(BY_TRUTH, by_truth)


def _no_scoring(profiles: Profiles) -> str:
    """Why nobody's score can be above the median; empty if it can."""
    median = profiles.current.median
    if median is not None:
        return median.reason or ""
    if "score" in profiles.roles.values():
        return "the profile does not say who is above the median of the score; scan the data again"
    return "the data has no scores"


def _usable(profiles: Profiles) -> None:
    """Refuse what would measure equality by accident: a misspelt label, or people without a prediction."""
    labelled = {role: profiles.current.columns.get(name) for name, role in profiles.roles.items()}
    seen = [column.values or {} for role in ("prediction", "target") if (column := labelled.get(role)) is not None]
    if not any(profiles.favourable in values for values in seen):
        known = ", ".join(sorted({value for values in seen for value in values})[:10])
        raise CheckError(f"favourable label {profiles.favourable!r} is in no prediction or label; found {known or 'none'}")
    prediction = labelled.get("prediction")
    if prediction is not None and (silent := prediction.nulls + prediction.infinite):
        raise CheckError(f"{silent} rows have no prediction; every person must have one to compare groups")
    if profiles.current.outcomes is not None and (strange := profiles.current.outcomes.strangers()):
        raise CheckError(strange)


def _notes(profiles: Profiles, resampling: Resampling) -> list[str]:
    """What a reader must know to read the numbers."""
    median = profiles.current.median
    notes = [f"favourable label: {profiles.favourable}" if _selects(profiles) else "scores only: nothing is known of selection"]
    if median is not None and median.value is not None:
        notes.append(f"scoring_rate: above {median.value:.6g}, the median of all rows; a high score is taken to be good for the person")
    return [
        *notes,
        f"ci of ratios and differences: {resampling.resamples} binomial resamples of the counts, seed {resampling.seed}; "
        "none where what is divided by may be 0",
        "p: each judged group against its reference, z test, or Fisher's exact test where fewer than 5 rows are expected "
        "in a cell; not corrected for the number of groups",
    ]
