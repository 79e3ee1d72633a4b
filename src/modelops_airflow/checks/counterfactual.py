"""Counterfactual: does the answer change when nothing but a word for a protected attribute does?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..data.profile import Profiles
from ..errors import CheckError
from ..evidence.floor import LEAST_ROWS
from ..measurement import Measurement, Metric
from .answers import Answers, ask, demand_usable, model_of
from .check import CheckContext, check
from .sample import Sample, sample
from .text_columns import holds_texts

if TYPE_CHECKING:
    import pyarrow as pa

METRICS = ("counterfactual_impact_ratio", "counterfactual_change_share", "counterfactual_rate", "rows_with_words")


def _pairs(swap: Sequence[str]) -> list[tuple[str, str]]:
    """Both words of each pair.

    Raises:
        CheckError: something is no pair, or a word is in two.
    """
    found = []
    for one in swap:
        first, sign, second = (part.strip() for part in one.partition("/"))
        if not (first and sign and second) or "/" in second or first.casefold() == second.casefold():
            raise CheckError(f"swap has {one!r}; expected two different words as she/he")
        found.append((first, second))
    words = [word.casefold() for pair in found for word in pair]
    if twice := sorted({word for word in words if words.count(word) > 1}):
        raise CheckError(f"swap has the word {twice[0]!r} twice; expected each once, or the swap would be ambiguous")
    if not found:
        raise CheckError("swap names no words; expected pairs as [she/he, Mrs/Mr]")
    return found


def _demand(options: Mapping[str, Any]) -> None:
    """Refuse pairs that are none."""
    _pairs(options["swap"])


@check("counterfactual", version=1, metrics=METRICS, together=_demand)
def counterfactual(
    profiles: Profiles,
    *,
    swap: Sequence[str],
    columns: Sequence[str] | None = None,
    rows: int = 1000,
    seed: int = 0,
    context: CheckContext,
) -> Measurement:
    """Favourable answers to the same rows with one word for a protected attribute and with the other.

    Args:
        swap: pairs of words, the first of each for one group and the second for the other: `[she/he, her/his, female/male]`.
            Whole words, case aside; the case of the first letter, or of all, is kept.
        columns: texts that the model sees; without it all of them.
        rows: at most so many rows of the current data, drawn without replacement (10 to 1,000,000).
        seed: of the draw (0 or more).

    Returns:
        Over the rows that have any of the words, `rows_with_words`: `counterfactual_rate` of favourable answers with all words
        of one side, and with all of the other; `counterfactual_impact_ratio`, the smaller over the larger;
        `counterfactual_change_share`, rows with another answer. What a text says of a group by other words is not seen, and
        grammar may break (her is his and him).

    Raises:
        CheckError: no model, no favourable label, pairs that are none, no column of texts, or an answer that cannot be used.

    Source: Kusner et al. 2017 for counterfactual fairness; words alone are swapped here, not what they cause. The ratio is
        that of `bias` (EEOC, 29 CFR 1607.4 D).
    """
    pairs = _pairs(swap)
    drawn = sample(profiles, context, rows, seed)
    if not profiles.favourable:
        raise CheckError("no label is favourable; name data.columns.favourable")
    names = _texts(drawn, columns)
    sides = [_with_words(drawn.features, names, pairs, side) for side in (0, 1)]
    there = _told_apart(sides, names)
    notes = (drawn.told("current data", seed), f"columns: {', '.join(names)}")
    if len(there) < LEAST_ROWS:
        reason = f"{len(there)} of {drawn.features.num_rows} rows have one of the words; expected at least {LEAST_ROWS}"
        return Measurement.of("counterfactual", [Metric(name, None, n=len(there), reason=reason) for name in METRICS[:2]]
                              + [Metric("rows_with_words", float(len(there)), n=drawn.features.num_rows)], notes=notes)
    model = model_of(context, "counterfactual")
    answers = [ask(model, side.take(there)) for side in sides]
    for one in answers:
        demand_usable(one, "data with words swapped")
    known = {*answers[0].labels, *answers[1].labels, *(profiles.current.outcomes.labels if profiles.current.outcomes is not None else ())}
    if profiles.favourable not in known:
        raise CheckError(f"favourable label {profiles.favourable!r} is in no answer or label; found {', '.join(sorted(known)[:10])}")
    return Measurement.of("counterfactual", [*_compared(answers, profiles.favourable, pairs), Metric("rows_with_words", float(len(there)), n=drawn.features.num_rows)],
                          notes=notes)


def _compared(answers: Sequence[Answers], favourable: str, pairs: Sequence[tuple[str, str]]) -> list[Metric]:
    first, second = (one.labels for one in answers)
    n = len(first)
    rates = [float((labels == favourable).mean()) for labels in (first, second)]
    ratio = min(rates) / max(rates) if max(rates) else None
    words = ["; ".join(pair[side] for pair in pairs) for side in (0, 1)]
    return [
        Metric("counterfactual_impact_ratio", ratio, n=n, reason=None if ratio is not None else "no row has the favourable answer on either side"),
        Metric("counterfactual_change_share", float((first != second).mean()), n=n),
        *(Metric("counterfactual_rate", rate, {"words": told}, n=n) for rate, told in zip(rates, words, strict=True)),
    ]


def _texts(drawn: Sample, named: Sequence[str] | None) -> list[str]:
    """The columns whose words are swapped."""
    kinds = {name: drawn.features.schema.field(name).type for name in drawn.columns(named)}
    if other := [name for name, kind in kinds.items() if named is not None and not holds_texts(kind)]:
        raise CheckError(f"column {other[0]!r} holds {kinds[other[0]]}; expected texts")
    found = [name for name, kind in kinds.items() if holds_texts(kind)]
    if not found:
        raise CheckError("the model sees no column of texts, so no word can be swapped")
    return found


def _with_words(features: pa.Table, names: Sequence[str], pairs: Sequence[tuple[str, str]], side: int) -> pa.Table:
    """The rows with every word of the pairs in the form of one side."""
    import pyarrow as pa

    wanted = {pair[1 - side].casefold(): pair[side] for pair in pairs}
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(pair[1 - side]) for pair in pairs)})(?!\w)", re.IGNORECASE)

    def swapped(found: re.Match[str]) -> str:
        word, old = wanted[found.group().casefold()], found.group()
        return word.upper() if old.isupper() and len(old) > 1 else word[:1].upper() + word[1:] if old[:1].isupper() else word

    for name in names:
        texts = [None if one is None else pattern.sub(swapped, one) for one in features[name].to_pylist()]
        features = features.set_column(features.column_names.index(name), name, pa.array(texts, pa.string()))
    return features


def _told_apart(sides: Sequence[pa.Table], names: Sequence[str]) -> list[int]:
    """Places of the rows that differ between the sides: those with one of the words."""
    columns = [[side[name].to_pylist() for name in names] for side in sides]
    return [row for row in range(sides[0].num_rows) if any(a[row] != b[row] for a, b in zip(*columns, strict=True))]
