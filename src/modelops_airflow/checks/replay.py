"""Replay: does the model still answer as it is on record?

For a model that others may change behind its address, asked a fixed set of rows again and again; for a rebuilt or
converted model beside the approved one; for a deployment beside what was released.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ..data.dataset import Dataset, files_of
from ..data.prepare import PREDICTION, SCORE
from ..data.profile import Profiles
from ..data.values import UNKNOWN, labels, numbers
from ..errors import CheckError
from ..evidence.floor import LEAST_ROWS
from ..measurement import Measurement, Metric
from .answers import Answers, ask, is_amount, model_of
from .canary_history import SAID, Replayed, change_of
from .check import CheckContext, check
from .profiled_rows import as_profiled, unchanged
from .ranks import rank_correlation, ranks
from .sample import dataset_of, draw, features_seen

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    Floats = np.ndarray[Any, np.dtype[np.float64]]
    Truths = np.ndarray[Any, np.dtype[np.bool_]]

METRICS = ("answers_changed_share", "largest_score_difference", "rank_correlation", "changed_runs", "silent_change")
_VERSION = 1


def _demand(options: Mapping[str, Any]) -> None:
    """Refuse options that say nothing together."""
    mode, tolerance = options["mode"], options["tolerance"]
    if tolerance and mode != "tolerance":
        raise CheckError(f"tolerance is {tolerance} and mode is {mode}; set mode: tolerance, or leave tolerance out")


@check("replay", version=_VERSION, metrics=METRICS, together=_demand)
def replay(
    profiles: Profiles,
    *,
    file: str = "",
    prediction: str = PREDICTION,
    score: str = SCORE,
    mode: str = "exact",
    tolerance: float = 0.0,
    rows: int = 10_000,
    seed: int = 0,
    history: int = 400,
    context: CheckContext,
) -> Measurement:
    """Answers of the model beside recorded answers to the same rows.

    Args:
        file: Parquet or CSV file, folder or pattern below the project root with inputs and recorded answers; empty: the
            current data's own columns.
        prediction: column of recorded predictions; it may be absent where scores are recorded.
        score: column of recorded scores; it may be absent where predictions are recorded.
        mode: when an answer has changed; one of exact, tolerance, rank. exact: another label, or another score in any
            digit; tolerance: another label, or a score further away than `tolerance`; rank: another place in the order
            of the scores, whatever they and the labels are.
        tolerance: largest difference of a score, or of a predicted amount, that is none, in its units (0 or more); with
            mode tolerance only.
        rows: at most so many rows, drawn without replacement (10 to 1,000,000).
        seed: of the draw (0 or more).
        history: how many runs before this one are looked through for the last that agreed, once answers have changed
            (0 to 1000). More than 0 needs the register.

    Returns:
        `answers_changed_share`; where numbers are recorded `largest_score_difference` and `rank_correlation`
        (Spearman's). A row to which the model has no usable answer has changed, and leaves the other two unknown.
        `changed_runs` and `silent_change` date a change: the notes name the run in which answers first differed and the
        last before it in which they agreed.

    Raises:
        CheckError: no model or no answer, nothing or too little recorded, labels of another form, or options that do not
            go together.
    """
    dataset, inputs = _recorded(context, file), {}
    if file:
        with unchanged(dataset) as digest:
            table, whole = draw(dataset, rows, seed)
        inputs = {f"file:{file}": digest}
    else:
        table, whole = as_profiled(profiles, dataset, "current", lambda one: draw(one, rows, seed))
    if whole < LEAST_ROWS:
        raise CheckError(f"{dataset.name} has {whole} rows; expected at least {LEAST_ROWS}: fewer answers prove nothing")
    for name, default in ((prediction, PREDICTION), (score, SCORE)):
        if name != default and name not in table.column_names:
            raise CheckError(f"{dataset.name} has no column {name!r} of recorded answers; columns: {', '.join(table.column_names)}")
    there = {name: table[name] for name in (prediction, score) if name in table.column_names}
    if not there:
        raise CheckError(f"{dataset.name} has neither a column {prediction!r} nor {score!r}; name the recorded answers under prediction or score")
    features = features_seen(table, profiles, context)
    answers = ask(model_of(context, "replay"), features.select([name for name in features.column_names if name not in there]))
    pair = _Pair.of(there.get(prediction), there.get(score), answers, amount=is_amount(answers, profiles))
    told = f"{table.num_rows} of {whole} rows, drawn with seed {seed}" if table.num_rows < whole else f"all {whole} rows"
    metrics = list(pair.rows(mode, tolerance))
    asked = {"file": file, "prediction": prediction, "score": score, "mode": mode, "tolerance": tolerance, "rows": rows, "seed": seed}
    now = Replayed(bool(metrics[0].value), context.version(), inputs.get(f"file:{file}") or profiles.inputs.get("current", ""), context.started)
    change = change_of(now, asked, context, history, _VERSION)
    metrics[0] = replace(metrics[0], reason="; ".join(filter(None, (metrics[0].reason, change.told))) or None)
    notes = filter(None, (f"{dataset.name}: {told}", f"recorded: {', '.join(there)}", change.told))
    measured = Measurement.of("replay", [*metrics, *change.rows(metrics[0].n)], notes=notes)
    return replace(measured, inputs=inputs | change.inputs(), parameters={SAID: now.said} if now.said else {})


def _recorded(context: CheckContext, file: str) -> Dataset:
    if not file:
        return dataset_of(context, "current")
    if context.resolve is None:
        raise CheckError(f"file {file!r} cannot be found: there is no project here")
    return Dataset(file, files=files_of(file, context.resolve))


@dataclass(frozen=True)
class _Pair:
    """Recorded answers and today's, row by row.

    Attributes:
        labels: both as text; None where no labels are compared.
        numbers: recorded and given scores or amounts; None where none are recorded.
        usable: rows that the model answered.
    """

    labels: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]] | None
    numbers: tuple[Floats, Floats] | None
    usable: Truths

    @classmethod
    def of(
        cls, prediction: pa.ChunkedArray[Any] | None, score: pa.ChunkedArray[Any] | None, answers: Answers, *, amount: bool
    ) -> _Pair:
        """Both sides, if what is recorded is whole and of the model's form."""
        import numpy as np

        named, pairs = None, None
        if prediction is not None and not amount:
            names, codes = labels(prediction)
            recorded = np.array(names, dtype=object)[codes]
            _whole("prediction", recorded == UNKNOWN)
            _same_form(set(names), set(answers.labels) - {UNKNOWN})
            named = (recorded, answers.labels)
        source = score if score is not None else prediction if amount else None
        if source is not None:
            if answers.numbers is None or (score is not None and not (answers.scored or amount)):
                raise CheckError("scores are recorded, and the model gives none")
            past = numbers(source)
            _whole("score", ~np.isfinite(past))
            pairs = (past, answers.numbers)
        if named is None and pairs is None:
            raise CheckError("labels are recorded, and the model predicts amounts")
        return cls(named, pairs, answers.usable)

    def rows(self, mode: str, tolerance: float) -> Iterator[Metric]:
        """What has changed, and by how much."""
        import numpy as np

        n, silent = len(self.usable), int((~self.usable).sum())
        changed = ~self.usable | self._moved(mode, tolerance, silent)
        reason = f"{silent} rows have no usable answer" if silent else None
        yield Metric("answers_changed_share", float(np.mean(changed)), n=n, reason=reason)
        if self.numbers is None:
            return
        past, now = self.numbers
        largest = None if silent else float(np.abs(now - past).max())
        order = None if silent else rank_correlation(past, now)
        yield Metric("largest_score_difference", largest, n=n, reason=reason)
        yield Metric("rank_correlation", order, n=n, reason=None if order is not None else reason or "the scores of a side are all the same")

    def _moved(self, mode: str, tolerance: float, silent: int) -> Truths:
        import numpy as np

        if mode == "rank":
            if self.numbers is None:
                raise CheckError("mode is rank, and no scores are recorded; record them, or set mode: exact")
            if silent:
                return np.ones(len(self.usable), dtype=np.bool_)
            other: Truths = ranks(self.numbers[0]) != ranks(self.numbers[1])
            return other
        moved = np.zeros(len(self.usable), dtype=np.bool_)
        if self.labels is not None:
            moved |= self.labels[0] != self.labels[1]
        if self.numbers is not None:
            moved |= np.abs(self.numbers[1] - self.numbers[0]) > tolerance
        return moved


def _whole(what: str, missing: Truths) -> None:
    if missing.any():
        raise CheckError(f"{int(missing.sum())} of {len(missing)} rows have no recorded {what}; take them out, or record them")


def _same_form(recorded: set[str], given: set[str]) -> None:
    """Refuse `true` beside `1`: another form is no other answer."""
    if given and not recorded & given and len(recorded | given) > 2:
        raise CheckError(f"no recorded label is one that the model gives (recorded: {', '.join(sorted(recorded)[:5])}; "
                         f"given: {', '.join(sorted(given)[:5])}); record them in the model's form")
