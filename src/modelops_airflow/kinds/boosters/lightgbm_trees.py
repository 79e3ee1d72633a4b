"""One tree of a LightGBM model file: every length, child, feature and category is looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError
from .tree_walk import reached

if TYPE_CHECKING:
    import numpy as np

MOST_LEAVES = 131_072
"""LightGBM's own limit of `num_leaves`."""

_NODES = {"split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child", "internal_value", "internal_weight", "internal_count"}
_LEAVES = {"leaf_value", "leaf_weight", "leaf_count"}
_CATEGORIES = {"cat_boundaries", "cat_threshold"}
_LINEAR = {"leaf_const", "num_features", "leaf_features", "leaf_coeff"}
_COUNTS = {"num_leaves", "num_cat", "is_linear", "shrinkage"}
_WHOLE = re.compile(r"(-?[0-9]{1,10}( -?[0-9]{1,10})*)?")
_REAL = re.compile(r"(-?[0-9.]+(e[+-]?[0-9]{1,3})?( -?[0-9.]+(e[+-]?[0-9]{1,3})?)*)?")
_BY_CATEGORY, _MISSING = 1, 12  # bits of a decision type; the second says what counts as missing: 0, 4 (zero) or 8 (NaN)


def check_tree(block: str, number: int, wide: int) -> None:
    """Look at a tree.

    Args:
        wide: features of the model.

    Raises:
        ArtifactError: it is none that the library can follow.
    """
    told = named_lines(block.strip("\n"), f"tree {number}", _NODES | _LEAVES | _CATEGORIES | _COUNTS | _LINEAR)
    try:
        leaves, categories = int(whole_numbers(told["num_leaves"], "num_leaves")[0]), int(whole_numbers(told["num_cat"], "num_cat")[0])
        if told["is_linear"] != "0" or _LINEAR & told.keys():
            raise ArtifactError(f"tree {number} has linear models in its leaves, which are not taken; train without linear_tree")
        if not 1 <= leaves <= MOST_LEAVES or len(_real(told["leaf_value"], "leaf_value")) != leaves or len(_real(told["shrinkage"], "shrinkage")) != 1:
            raise ArtifactError(f"tree {number} says it has {leaves} leaves; leaf_value does not fit")
        if leaves > 1:
            _splits(told, number, leaves, categories, wide)
    except (KeyError, IndexError) as error:
        raise ArtifactError(f"tree {number} has no {error}") from None


def _splits(told: Mapping[str, str], number: int, leaves: int, categories: int, wide: int) -> None:
    import numpy as np

    nodes = leaves - 1
    whole = {name: whole_numbers(told[name], name) for name in ("split_feature", "decision_type", "left_child", "right_child", "leaf_count", "internal_count")}
    real = {name: _real(told[name], name) for name in (_NODES | _LEAVES) - whole.keys()}
    for name, values in (whole | real).items():
        if len(values) != (nodes if name in _NODES else leaves):
            raise ArtifactError(f"tree {number} says it has {leaves} leaves; {name} has {len(values)} values")
    if not 0 <= whole["split_feature"].min() <= whole["split_feature"].max() < wide:
        raise ArtifactError(f"tree {number} asks for a feature that is none of the {wide}")
    kinds = whole["decision_type"]
    if kinds.min() < 0 or kinds.max() >= _MISSING:
        raise ArtifactError(f"tree {number} has a decision_type that LightGBM does not write")
    left, right = (np.where(one < 0, nodes + ~one, one) for one in (whole["left_child"], whole["right_child"]))
    if (whole["left_child"] >= nodes).any() or (whole["right_child"] >= nodes).any():
        raise ArtifactError(f"tree {number} has a child that is none of its {nodes} nodes")
    ends = np.full(leaves, -1)
    inner = np.arange(nodes + leaves) < nodes
    if not reached(np.concatenate([left, ends]), np.concatenate([right, ends]), inner, number).all():
        raise ArtifactError(f"tree {number} has nodes or leaves that nothing leads to")
    _category_splits(told, number, categories, real["threshold"][kinds & _BY_CATEGORY == 1])


def _category_splits(told: Mapping[str, str], number: int, categories: int, sets: np.ndarray[Any, Any]) -> None:
    """A split by category names a set of categories by its place; sets are bits, so many words each."""
    ends = whole_numbers(told.get("cat_boundaries", "0"), "cat_boundaries")
    words = whole_numbers(told.get("cat_threshold", ""), "cat_threshold")
    fits = len(ends) == categories + 1 and ends[0] == 0 and ends[-1] == len(words) and (ends[1:] > ends[:-1]).all()
    fits = fits and (not len(words) or 0 <= words.min() <= words.max() < 2**32) and ("cat_boundaries" in told) == (categories > 0)
    if not fits or sorted(sets.tolist()) != list(range(categories)):
        raise ArtifactError(f"tree {number} says it has {categories} splits by category; their sets do not fit")


def named_lines(block: str, what: str, known: set[str]) -> dict[str, str]:
    """Name -> value of each line.

    Raises:
        ArtifactError: a name is not known, or there twice.
    """
    found: dict[str, str] = {}
    for line in block.split("\n"):
        name, _, value = line.partition("=")
        if line and (name not in known or name in found):
            raise ArtifactError(f"{what} has {name[:40]!r}{' twice' if name in found else ', which LightGBM does not write there'}")
        if line:
            found[name] = value
    return found


def whole_numbers(text: str, name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Whole numbers with a space between them.

    Raises:
        ArtifactError: they are none.
    """
    import numpy as np

    if not _WHOLE.fullmatch(text):
        raise ArtifactError(f"{name} is no list of whole numbers")
    return np.array(text.split(), dtype=np.int64)


def _real(text: str, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    import numpy as np

    try:
        values = np.array(text.split(), dtype=np.float64)
    except ValueError:
        values = np.array([np.nan])
    if not _REAL.fullmatch(text) or not np.isfinite(values).all():
        raise ArtifactError(f"{name} is no list of finite numbers")
    return values
