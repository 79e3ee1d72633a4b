"""An XGBoost model file, read and checked whole before the library gets to see it.

XGBoost follows the children and features of a file without looking at all of them, so that a crafted one crashes
whoever loads or scores it. Nothing passes that XGBoost's own writer would not have written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import ArtifactError
from ...strict_json import strict_json
from .answers import BINARY, CLASSES, LABEL, NUMBER
from .features import Feature
from .ubjson import read_ubjson
from .xgboost_parts import count, only
from .xgboost_trees import Trees, check_trees

LARGEST = 256 << 20
"""Bytes of a model file."""

OBJECTIVES = {
    "binary:logistic": BINARY, "binary:hinge": LABEL, "multi:softprob": CLASSES, "multi:softmax": LABEL,
    **dict.fromkeys((
        "reg:squarederror", "reg:squaredlogerror", "reg:logistic", "reg:pseudohubererror", "reg:absoluteerror", "reg:gamma", "reg:tweedie",
        "count:poisson", "survival:cox", "survival:aft", "rank:pairwise", "rank:ndcg", "rank:map"), NUMBER),
}
"""What a model of each objective answers."""

_LEARNER = {"attributes", "feature_names", "feature_types", "gradient_booster", "learner_model_param", "objective"}
_PARAMETERS = {"base_score", "boost_from_average", "num_class", "num_feature", "num_target"}
_TYPES = {"float", "int", "i", "q", "c"}
_BASE = re.compile(r"\[?-?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,3})?(,-?\d{1,20}(\.\d{1,20})?([eE][+-]?\d{1,3})?)*\]?")


@dataclass(frozen=True)
class XgboostFile:
    """What a checked file says of its model.

    Attributes:
        named: whether the file keeps names of its features.
        answers: what a row's answer is, of `answers`.
        classes: how many labels there are; 1 where it answers a number.
    """

    features: tuple[Feature, ...]
    named: bool
    objective: str
    answers: str
    classes: int
    trees: Trees
    version: str


def read_xgboost(data: bytes) -> XgboostFile:
    """A file as XGBoost's `save_model` writes it, in JSON or UBJSON.

    Raises:
        ArtifactError: it is none, or one whose parts do not fit each other.
    """
    if len(data) > LARGEST:
        raise ArtifactError(f"the model has {len(data)} bytes; expected at most {LARGEST}")
    try:
        whole = read_ubjson(data) if data[:1] == b"{" and data[1:2] == b"L" else strict_json(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"this is no XGBoost model: {str(error)[:200]}") from None
    try:
        return _checked(whole)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, IndexError) as error:
        raise ArtifactError(f"this is no XGBoost model: a part is not there or of another type ({str(error)[:100]})") from None


def _checked(whole: Mapping[str, Any]) -> XgboostFile:
    only("the file", whole, {"learner", "version"})
    learner, version = whole["learner"], [int(one) for one in whole["version"]]
    if len(version) != 3 or version[0] not in (2, 3):
        raise ArtifactError(f"the file is of XGBoost {'.'.join(map(str, version))[:40]}; expected one that version 2 or 3 has saved")
    only("learner", learner, _LEARNER)
    told = learner["learner_model_param"]
    only("learner_model_param", told, _PARAMETERS)
    wide, classes = count(told["num_feature"]), count(told["num_class"])
    if not 1 <= wide <= 100_000 or classes > 10_000 or count(told.get("num_target", "1")) != 1:
        raise ArtifactError(f"the model has {wide} features, {classes} classes and {told.get('num_target')} targets; "
                            "expected 1 to 100,000 features, at most 10,000 classes and one target")
    _base_score(told["base_score"], max(classes, 1))
    objective = str(learner["objective"]["name"])
    if objective not in OBJECTIVES:
        raise ArtifactError(f"the objective {objective[:60]!r} is not known here; expected one of {', '.join(OBJECTIVES)}")
    if objective.startswith("multi:") != (classes > 1):
        raise ArtifactError(f"the objective is {objective} and num_class is {classes}; they do not fit")
    features, named = _features(learner, wide)
    trees = check_trees(learner["gradient_booster"], wide, max(classes, 1))
    _best_round(learner["attributes"], trees.rounds)
    features = tuple(Feature(one.name, trees.categories.get(place)) for place, one in enumerate(features))
    labels = {NUMBER: 1, BINARY: 2, LABEL: max(classes, 2), CLASSES: classes}[OBJECTIVES[objective]]
    return XgboostFile(features, named, objective, OBJECTIVES[objective], labels, trees, ".".join(map(str, version)))


def _features(learner: Mapping[str, Any], wide: int) -> tuple[tuple[Feature, ...], bool]:
    names, types = list(learner.get("feature_names", ())), list(learner.get("feature_types", ()))
    if names and (len(names) != wide or len(set(names)) != wide or not all(isinstance(one, str) and one for one in names)):
        raise ArtifactError(f"the model says it has {wide} features and names {len(set(names))}; expected a name for each")
    if types and (len(types) != wide or not _TYPES.issuperset(types)):
        raise ArtifactError(f"the model says it has {wide} features and {len(types)} types of them; expected a type for each, of {', '.join(sorted(_TYPES))}")
    return tuple(Feature(str(name)) for name in names or range(wide)), bool(names)


def _best_round(attributes: Mapping[str, Any], rounds: int) -> None:
    """A model stopped early answers with all its rounds by `Booster.predict`, with the best by `XGBClassifier.predict`."""
    best = attributes.get("best_iteration")
    if best is not None and rounds and count(best) + 1 != rounds:
        raise ArtifactError(f"the model was stopped early: round {best} of {rounds} was the best, and XGBoost's own interfaces do not agree which "
                            f"of them answer; save booster[:{int(best) + 1}]")


def _base_score(text: object, outputs: int) -> None:
    if not isinstance(text, str) or not _BASE.fullmatch(text):
        raise ArtifactError(f"base_score is {str(text)[:40]!r}; expected a number")
    numbers = [float(one) for one in text.strip("[]").split(",")]
    if len(numbers) not in (1, outputs) or not all(abs(one) <= 3e38 for one in numbers):
        raise ArtifactError(f"base_score is {text[:40]}; expected one finite number, or one for each class")

