"""The list of names: what is on it, and what its entries cannot be."""

from __future__ import annotations

import importlib
import inspect

import numpy as np
import pytest

from modelops_airflow.kinds.pickles.allowed import CALLED, MADE, MENTIONED, is_allowed

LIBRARIES = ("sklearn", "numpy", "scipy")
BUILTIN = ("builtins", "__builtin__", "_codecs", "collections")
NAMES = [(module, name) for table in (CALLED, MADE, MENTIONED) for module, names in table.items() for name in sorted(names)]


def test_every_name_is_of_a_library_of_numbers_or_one_of_a_few_types() -> None:
    assert all(module.split(".")[0] in (*LIBRARIES, *BUILTIN) and "." not in name for module, name in NAMES)
    few = {name for module, name in NAMES if module in ("builtins", "__builtin__")}
    assert few == {"bytes", "slice", "set", "frozenset", "complex", "bool", "float", "int", "object", "str"}


@pytest.mark.parametrize(("module", "names"), MADE.items(), ids=MADE)
def test_what_is_made_is_a_class_of_the_module_that_sets_its_state_without_looking_up_names(module: str, names: frozenset[str]) -> None:
    loaded = importlib.import_module(module)
    for name in names:
        found = getattr(loaded, name, None)
        if found is not None:  # other versions of scikit-learn have other classes
            assert inspect.isclass(found)
            assert found.__module__.split(".")[0] in LIBRARIES
            assert "__del__" not in vars(found)


def test_functions_that_are_mentioned_are_plain_arithmetic() -> None:
    for name in MENTIONED["numpy"] - {"ndarray"}:
        found = getattr(np, name)
        assert isinstance(found, np.ufunc) or (inspect.isclass(found) and issubclass(found, np.generic)), name


@pytest.mark.parametrize(("module", "name"), [
    ("os", "system"), ("builtins", "eval"), ("builtins", "getattr"), ("functools", "partial"), ("numpy", "load"), ("joblib", "load"),
    ("sklearn", "show_versions"), ("sklearn.utils._testing", "run_in_subprocess"), ("sklearn.datasets", "fetch_openml"),
    ("sklearn.feature_extraction.text", "CountVectorizer"), ("numpy", "dtype.type"), ("numpy.testing", "rundocs"), ("", ""),
])
def test_what_runs_reads_or_looks_up_is_not_allowed(module: str, name: str) -> None:
    assert not is_allowed(module, name)
