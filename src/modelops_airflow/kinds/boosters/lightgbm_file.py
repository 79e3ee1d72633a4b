"""A LightGBM model file, read and checked whole before the library gets to see it.

LightGBM believes the sizes, children and features of a file, so that a crafted one crashes whoever loads or scores it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import ArtifactError
from .answers import BINARY, CLASSES, NUMBER
from .features import Feature
from .lightgbm_trees import check_tree, named_lines, whole_numbers

LARGEST = 256 << 20
"""Bytes of a model file."""

OBJECTIVES = {
    "binary": BINARY, "multiclass": CLASSES, "multiclassova": CLASSES,
    **dict.fromkeys(("regression", "regression_l1", "huber", "fair", "poisson", "quantile", "mape", "gamma", "tweedie",
                     "cross_entropy", "cross_entropy_lambda", "lambdarank", "rank_xendcg"), NUMBER),
}
"""What a model of each objective answers."""

_HEAD = {"version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective", "average_output",
         "feature_names", "monotone_constraints", "feature_infos", "tree_sizes"}
_FIRST, _END, _KEPT = b"\nTree=0\n", b"end of trees\n", "pandas_categorical:"
_SETTING = re.compile(r"sqrt|[a-z_]+:-?[0-9.]+(e[+-]?[0-9]+)?")
_INFO = re.compile(r"none|\[[-+0-9.e]+:[-+0-9.e]+\]|-?[0-9]+(:-?[0-9]+)*")
_CATEGORICAL = re.compile(r"^\[categorical_feature: ([0-9,]*)\]$", re.MULTILINE)


@dataclass(frozen=True)
class LightgbmFile:
    """What a checked file says of its model.

    Attributes:
        text: of the trees alone, which is what the library reads.
        named: whether the features have names that somebody gave them.
        answers: what a row's answer is, of `answers`.
    """

    text: str
    features: tuple[Feature, ...]
    named: bool
    objective: str
    answers: str
    classes: int
    trees: int


def read_lightgbm(data: bytes) -> LightgbmFile:
    """A file as LightGBM's `save_model` writes it.

    Raises:
        ArtifactError: it is none, or one whose parts do not fit each other.
    """
    if len(data) > LARGEST:
        raise ArtifactError(f"the model has {len(data)} bytes; expected at most {LARGEST}")
    begin, end = data.find(_FIRST), data.find(_END)
    if not data.startswith(b"tree\n") or not 0 < begin < end or b"\r" in data:
        raise ArtifactError("this is no LightGBM model: expected the text that save_model writes, from 'tree' to 'end of trees'")
    try:
        head, tail = data[5:begin].decode("utf-8"), data[end + len(_END) :].decode("utf-8")
        text = data[: end + len(_END)].decode("utf-8")
    except UnicodeDecodeError:
        raise ArtifactError("this is no LightGBM model: it is not UTF-8") from None
    told = named_lines(head, "the head", _HEAD)
    try:
        names, named = _names(told)
        objective, classes = _objective(told)
        trees = _trees(data[begin + 1 : end], told, len(names))
        features = _with_categories(names, tail)
    except KeyError as error:
        raise ArtifactError(f"the head of the model has no {error}") from None
    return LightgbmFile(text, features, named, objective, OBJECTIVES[objective], classes, trees)


def _names(told: Mapping[str, str]) -> tuple[list[str], bool]:
    if told["version"] not in ("v3", "v4"):
        raise ArtifactError(f"the file is of format {told['version'][:20]}; expected v4, which LightGBM 4 writes, or v3")
    names, infos = told["feature_names"].split(" "), told["feature_infos"].split(" ")
    wide = _count(told["max_feature_idx"]) + 1
    if len(names) != wide or len(set(names)) != wide or not all(names) or len(infos) != wide:
        raise ArtifactError(f"the model says it has {wide} features, names {len(set(names))} and describes {len(infos)}; expected the same number")
    if not all(_INFO.fullmatch(one) for one in infos) or len(told.get("monotone_constraints", "0 " * wide).split()) != wide:
        raise ArtifactError("the ranges or constraints of the features are not written as LightGBM does")
    return names, names != [f"Column_{place}" for place in range(wide)]


def _objective(told: Mapping[str, str]) -> tuple[str, int]:
    """Name, and number of classes: 2 where there is one probability, 1 where there is a number."""
    objective, *settings = told.get("objective", "none").split(" ")
    if objective not in OBJECTIVES:
        raise ArtifactError(f"the objective {objective[:60]!r} is not known here; expected one of {', '.join(OBJECTIVES)}")
    classes, trees = _count(told["num_class"]), _count(told["num_tree_per_iteration"])
    several = OBJECTIVES[objective] == CLASSES
    said = [int(one[10:]) for one in settings if re.fullmatch("num_class:[0-9]{1,6}", one)]
    if not all(_SETTING.fullmatch(one) for one in settings) or told.get("average_output", ""):
        raise ArtifactError("the settings of the objective are not written as LightGBM does")
    if trees != classes or (classes > 1) != several or said != ([classes] if several else []) or classes > 10_000:
        raise ArtifactError(f"the objective is {told['objective'][:60]}; num_class is {classes}, num_tree_per_iteration {trees}; they do not fit")
    return objective, classes if several else 2 if OBJECTIVES[objective] == BINARY else 1


def _trees(data: bytes, told: Mapping[str, str], wide: int) -> int:
    """Look at each tree where `tree_sizes` says that it is, as the library does."""
    sizes, start = whole_numbers(told["tree_sizes"], "tree_sizes").tolist(), 0
    if not sizes or len(sizes) % _count(told["num_tree_per_iteration"]) or min(sizes) <= 0 or sum(sizes) != len(data):
        raise ArtifactError(f"tree_sizes tells of {len(sizes)} trees of {sum(sizes)} bytes; the file has {len(data)} bytes of trees")
    for number, size in enumerate(sizes):
        title, _, block = data[start : start + size].decode("utf-8", "replace").partition("\n")
        if title != f"Tree={number}":
            raise ArtifactError(f"tree {number} is not where tree_sizes says that it is")
        check_tree(block, number, wide)
        start += size
    return len(sizes)


def _with_categories(names: list[str], tail: str) -> tuple[Feature, ...]:
    """The features, with the categories that a table of pandas had when the model was trained."""
    kept = [line[len(_KEPT) :] for line in tail.split("\n") if line.startswith(_KEPT)]
    try:
        categories: Any = json.loads(kept[0]) if len(kept) == 1 else None
    except (ValueError, RecursionError):
        raise ArtifactError("pandas_categorical is no JSON") from None
    if len(kept) > 1 or not isinstance(categories, list | None):
        raise ArtifactError("pandas_categorical is there twice or no list")
    if not categories:
        return tuple(Feature(one) for one in names)
    places = [int(one) for said in _CATEGORICAL.findall(tail)[:1] for one in said[:100_000].split(",") if one]
    fits = len(places) == len(categories) == len(set(places)) and all(0 <= one < len(names) for one in places)
    if not fits or not all(isinstance(one, list) and all(isinstance(value, str | int | float) for value in one) and len(set(one)) == len(one)
                           for one in categories):
        raise ArtifactError(f"the file keeps categories of {len(categories)} columns and says that {len(places)} features are categories; "
                            "expected the same ones; make all of them pandas categories before the training")
    known = dict(zip(places, categories, strict=True))
    return tuple(Feature(one, tuple(known[place]) if place in known else None) for place, one in enumerate(names))


def _count(text: str) -> int:
    if not re.fullmatch("[0-9]{1,6}", text):
        raise ArtifactError(f"a count is {text[:40]!r}; expected digits")
    return int(text)
