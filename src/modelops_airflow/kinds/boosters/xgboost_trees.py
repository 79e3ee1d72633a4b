"""The trees and weights inside an XGBoost model file: every count, child, feature and category is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ...errors import ArtifactError
from .tree_walk import reached
from .xgboost_parts import count, floats, ints, only

if TYPE_CHECKING:
    import numpy as np

_INTS = ("left_children", "right_children", "parents", "split_indices", "split_type", "default_left")
_FLOATS = ("split_conditions", "base_weights", "loss_changes", "sum_hessian")
_CATEGORIES = ("categories", "categories_nodes", "categories_segments", "categories_sizes")
_TREE = {*_INTS, *_FLOATS, *_CATEGORIES, "id", "tree_param"}
_MODEL = {"cats", "gbtree_model_param", "iteration_indptr", "tree_info", "trees"}
_MOST_CODE = 1 << 20


@dataclass(frozen=True)
class Trees:
    """What the checked part says.

    Attributes:
        booster: gbtree, dart or gblinear.
        rounds: of boosting; each makes a tree or several.
        categories: values that the model has codes for, by place of the feature.
    """

    booster: str
    trees: int
    rounds: int
    categories: Mapping[int, tuple[Any, ...]]


def check_trees(booster: Mapping[str, Any], wide: int, outputs: int) -> Trees:
    """The part, once nothing in it speaks against it.

    Args:
        wide: features of the model.
        outputs: a tree answers for one of so many classes.

    Raises:
        ArtifactError: parts do not fit each other.
    """
    name = booster["name"]
    if name == "gblinear":
        weights = floats(booster["model"]["weights"], "weights")
        if len(weights) != (wide + 1) * outputs:
            raise ArtifactError(f"the linear model has {len(weights)} weights for {wide} features; expected {(wide + 1) * outputs}")
        return Trees(name, 0, 0, {})
    if name not in ("gbtree", "dart"):
        raise ArtifactError(f"the booster is {str(name)[:40]!r}; expected gbtree, dart or gblinear")
    plain = booster["gbtree"] if name == "dart" else booster
    trees, rounds = _forest(plain["model"], wide, outputs)
    if name == "dart" and len(floats(booster["weight_drop"], "weight_drop")) != trees:
        raise ArtifactError(f"weight_drop has another length than the {trees} trees")
    return Trees(name, trees, rounds, _kept_categories(plain["model"].get("cats", {}), wide))


def _forest(model: Mapping[str, Any], wide: int, outputs: int) -> tuple[int, int]:
    only("the booster", model, _MODEL)
    told, trees = model["gbtree_model_param"], model["trees"]
    number, parallel = count(told["num_trees"]), count(told["num_parallel_tree"])
    if not isinstance(trees, list) or number != len(trees) or parallel < 1:
        raise ArtifactError(f"the model says it has {number} trees, {parallel} a round; the file has {len(trees)}")
    info, rounds = ints(model["tree_info"], "tree_info"), ints(model["iteration_indptr"], "iteration_indptr")
    if len(info) != number or (number and not 0 <= info.min() <= info.max() < outputs):
        raise ArtifactError(f"tree_info does not say of each of the {number} trees for which of {outputs} classes it is")
    if not len(rounds) or rounds[0] != 0 or rounds[-1] != number or (rounds[1:] < rounds[:-1]).any():
        raise ArtifactError(f"iteration_indptr does not divide the {number} trees into rounds")
    for place, tree in enumerate(trees):
        _tree(tree, place, wide)
    return number, len(rounds) - 1


def _tree(tree: Mapping[str, Any], number: int, wide: int) -> None:
    only(f"tree {number}", tree, _TREE)
    told = tree["tree_param"]
    nodes = count(told["num_nodes"])
    if count(told["num_feature"]) != wide or told["size_leaf_vector"] not in ("0", "1") or tree["id"] != number:
        raise ArtifactError(f"tree {number} is of {told['num_feature'][:20]} features or of several targets; expected {wide} features and one target")
    part = {name: ints(tree[name], name) for name in _INTS} | {name: floats(tree[name], name) for name in _FLOATS}
    if wrong := [name for name, values in part.items() if len(values) != nodes]:
        raise ArtifactError(f"tree {number} says it has {nodes} nodes; {wrong[0]} has {len(part[wrong[0]])}")
    left, right = part["left_children"], part["right_children"]
    if ((left == -1) != (right == -1)).any() or ((left < -1) | (left >= nodes) | (right < -1) | (right >= nodes)).any():
        raise ArtifactError(f"tree {number} has a child that is none of its {nodes} nodes")
    seen = reached(left, right, left != -1, number)
    if seen.sum() + count(told["num_deleted"]) != nodes:
        raise ArtifactError(f"tree {number} has {nodes - int(seen.sum())} nodes that nothing leads to; num_deleted is {told['num_deleted']}")
    inner = seen & (left != -1)
    features = part["split_indices"][inner]
    if len(features) and not 0 <= features.min() <= features.max() < wide:
        raise ArtifactError(f"tree {number} asks for a feature that is none of the {wide}")
    if (part["parents"][left[inner]] != inner.nonzero()[0]).any() or (part["parents"][right[inner]] != inner.nonzero()[0]).any():
        raise ArtifactError(f"tree {number} has a node whose parent is another than the one that leads to it")
    _category_splits(tree, number, part["split_type"], nodes)


def _category_splits(tree: Mapping[str, Any], number: int, kinds: np.ndarray[Any, Any], nodes: int) -> None:
    codes, at, starts, sizes = (ints(tree[name], name) for name in _CATEGORIES)
    fits = len(at) == len(starts) == len(sizes) and ((kinds == 0) | (kinds == 1)).all()
    fits = fits and kinds.nonzero()[0].tolist() == at.tolist() and (sizes >= 0).all() and int(sizes.sum()) == len(codes)
    fits = fits and (starts == sizes.cumsum() - sizes).all() and (not len(codes) or 0 <= codes.min() <= codes.max() < _MOST_CODE)
    if not fits:
        raise ArtifactError(f"the splits by category of tree {number} do not fit its {nodes} nodes")


def _kept_categories(kept: Mapping[str, Any], wide: int) -> Mapping[int, tuple[Any, ...]]:
    """What each code of a feature stands for, where the file says so."""
    only("cats", kept, {"enc", "feature_segments", "sorted_idx"})
    encoded = kept.get("enc", [])
    if not len(encoded):
        return {}
    found = {place: values for place, one in enumerate(encoded) if (values := _values(one))}
    ends, order = ints(kept["feature_segments"], "feature_segments"), ints(kept["sorted_idx"], "sorted_idx")
    sizes = [len(found.get(place, ())) for place in range(wide)]
    fits = len(encoded) == wide and ends.tolist() == [sum(sizes[:place]) for place in range(wide + 1)] and len(order) == sum(sizes)
    start = 0
    for size in sizes if fits else ():
        fits = fits and sorted(order[start : start + size].tolist()) == list(range(size))
        start += size
    if not fits or any(len(set(values)) != len(values) for values in found.values()):
        raise ArtifactError(f"the categories that the model keeps do not fit its {wide} features")
    return found


def _values(one: Mapping[str, Any]) -> tuple[Any, ...]:
    values = ints(one["values"], "values") if "offsets" in one else one["values"]
    if "offsets" not in one:
        return tuple(values.tolist() if hasattr(values, "tolist") else values)
    ends = ints(one["offsets"], "offsets")
    if not len(ends):
        return ()
    if ends[0] != 0 or ends[-1] != len(values) or (ends[1:] < ends[:-1]).any():
        raise ArtifactError("the names of the categories do not fit their lengths")
    text = bytes(int(byte) % 256 for byte in values)
    return tuple(text[start:end].decode("utf-8") for start, end in pairwise(ends.tolist()))

