"""Structure: how the decisions of a table of rules move, between baseline and current data and between two versions of the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ..data.profile import Profiles
from ..digest import Digest, digest_bytes
from ..errors import ArtifactError, CheckError
from ..kinds import open_model, scan, verify
from ..kinds.decisions import Decisions
from ..measurement import Measurement, Metric
from .answers import told
from .check import CheckContext, check
from .few_rows import rests_on
from .named_file import named_file
from .profiled_rows import read_columns

if TYPE_CHECKING:
    import numpy as np

    from ..data.dataset import Dataset

    Places = np.ndarray[Any, np.dtype[np.int64]]

METRICS = ("rule_distance", "outcome_distance", "rules_unused", "default_share", "rule_share", "decisions_changed_share", "rules_added", "rules_removed",
           "decision_moved_share")
_LARGEST = 10_000_000


@check("structure", version=1, metrics=METRICS)
def structure(profiles: Profiles, *, against: str = "", context: CheckContext) -> Measurement:
    """Which rule of a decision table decides how many rows, against the baseline and against another version of the table.

    Args:
        against: file of another version of the table, below the project root; it must pass the scan of its kind. Without it nothing is said of versions.

    Returns:
        `rule_share` of each rule (by its place from 1) and side, `default_share` of each side, `rules_unused`, and with a baseline `rule_distance` and
        `outcome_distance`: 0 is the same shares, 1 nothing in common. With `against`, over the current rows: `decisions_changed_share`,
        `decision_moved_share` from outcome to outcome, `rules_added` and `rules_removed`. Not applicable to a model that is not made of rules.

    Raises:
        CheckError: no model or no rows to ask about, rows that the table cannot decide, or another version that cannot be read.

    Source: total variation distance, half the sum of absolute differences: Levin, Peres, Wilmer 2009, Markov Chains and Mixing Times, proposition 4.2.
    """
    if context.decisions is None:
        raise CheckError("structure asks the model for its rules, and there is none here; run it as a step of a life cycle, or name --kind and --artifact")
    try:
        table = _asked(context.decisions)
        if table is None:
            return Measurement.not_applicable("structure", "the model is not made of rules, so no rule decides a row")
        other, digest = _other(against, context) if against else (table, "")
        before, after = _fired(profiles, context.dataset, "current", other, table)
        sides = {"current": _counted(table, after)}
        if profiles.baseline is not None:
            sides["baseline"] = _counted(table, *_fired(profiles, context.baseline, "baseline", table))
    except ArtifactError as error:
        raise CheckError(f"the rules cannot be asked: {error}") from None
    found = list(_over_data(table, sides))
    if not against:
        return Measurement.of("structure", found)
    found += _over_versions(other, table, before, after)
    return replace(Measurement.of("structure", found, notes=(f"compared with the rules of {against}",)), inputs={f"file:{against}": Digest(digest)})


def _asked(decisions: Callable[[], Decisions | None]) -> Decisions | None:
    """The model's rules, if it has such.

    Raises:
        CheckError: the model cannot be loaded.
    """
    try:
        return decisions()
    except Exception as error:  # a library that loads a model raises what it likes
        raise CheckError(f"the model cannot be asked for its rules: {told(error)}") from None


def _fired(profiles: Profiles, dataset: Dataset | None, side: str, *tables: Decisions) -> list[Places]:
    """The place of the rule of each table that decides each row of a side."""
    if dataset is None:
        raise CheckError(f"the rows of the {side} data cannot be read here, and rules decide row by row")
    rows, _ = read_columns(profiles, dataset, side, {name for one in tables for name in one.inputs})
    if not rows.num_rows:
        raise CheckError(f"the {side} data has no rows of the columns that the rules read")
    return [one.fired(rows) for one in tables]


def _counted(table: Decisions, fired: Places) -> list[int]:
    """Rows by deciding rule."""
    import numpy as np

    return [int(count) for count in np.bincount(fired, minlength=len(table.rules))]


def _over_data(table: Decisions, sides: Mapping[str, Sequence[int]]) -> Iterator[Metric]:
    current, baseline = sides["current"], sides.get("baseline")
    yield _distance("rule_distance", current, baseline)
    yield _distance("outcome_distance", _by_outcome(table, current), None if baseline is None else _by_outcome(table, baseline))
    unused = [str(place + 1) for place, count in enumerate(current) if not count]
    yield Metric("rules_unused", float(len(unused)), n=len(table.rules), reason=f"rules {', '.join(unused)}" if unused else None)
    for side, counts in sides.items():
        rests = rests_on(dict(enumerate(counts)))
        shares = [count / sum(counts) for count in counts]
        yield _default(table, shares, rests, side)
        for place, rule in enumerate(table.rules):
            yield Metric("rule_share", shares[place], {"rule": str(place + 1), "side": side}, n=rests[place], reason=rule.text[:200])


def _by_outcome(table: Decisions, counts: Sequence[int]) -> list[int]:
    found = dict.fromkeys((rule.outcome for rule in table.rules), 0)
    for rule, count in zip(table.rules, counts, strict=True):
        found[rule.outcome] += count
    return list(found.values())


def _distance(name: str, current: Sequence[int], baseline: Sequence[int] | None) -> Metric:
    if baseline is None:
        return Metric(name, None, n=sum(current), reason="there is no baseline to compare with")
    now, then = sum(current), sum(baseline)
    return Metric(name, sum(abs(new / now - old / then) for new, old in zip(current, baseline, strict=True)) / 2, n=now)


def _default(table: Decisions, shares: Sequence[float], rests: Mapping[int, int], side: str) -> Metric:
    """The share that reaches the rule without a condition, of which the scan permits one."""
    place = next((place for place, rule in enumerate(table.rules) if rule.default), None)
    if place is None:
        return Metric("default_share", None, {"side": side}, reason="every rule has a condition")
    return Metric("default_share", shares[place], {"side": side}, n=rests[place])


def _over_versions(other: Decisions, table: Decisions, before: Places, after: Places) -> Iterator[Metric]:
    pairs = Counter(zip(before.tolist(), after.tolist(), strict=True))
    moves = Counter[tuple[str, str]]()
    for (old, new), count in pairs.items():
        moves[other.rules[old].outcome, table.rules[new].outcome] += count
    yield Metric("decisions_changed_share", sum(count for (old, new), count in moves.items() if old != new) / len(after), n=len(after))
    rests = rests_on(moves)
    for (old, new), count in sorted(moves.items()):
        if old != new:
            yield Metric("decision_moved_share", count / len(after), {"from": old, "to": new}, n=rests[old, new])
    texts, others = [rule.text for rule in table.rules], [rule.text for rule in other.rules]
    yield _more("rules_added", texts, others)
    yield _more("rules_removed", others, texts)


def _more(name: str, some: Sequence[str], others: Sequence[str]) -> Metric:
    found = [text for text in some if text not in others]
    return Metric(name, float(len(found)), n=len(some), reason="; ".join(found)[:500] or None)


def _other(file: str, context: CheckContext) -> tuple[Decisions, Digest]:
    """The rules of a file, which passes the same scan as an artifact.

    Raises:
        ArtifactError: it does not pass.
        CheckError: it cannot be read.
    """
    data = named_file(file, context, "the other version", _LARGEST)
    digest = digest_bytes(data)
    rules = open_model(verify("rules", data, digest, scan("rules", data, file=PurePath(file).name))).decisions()
    assert rules is not None  # noqa: S101 - for the type checker; a table of rules has rules
    return rules, digest
