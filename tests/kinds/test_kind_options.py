"""The options of a kind are what its file may write: declared by its code, and refused before anything is asked."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from modelops_airflow.digest import digest_bytes
from modelops_airflow.errors import ArtifactError, DataError
from modelops_airflow.kinds import KINDS, Scorer, open_model, scan, verify
from threshold_kind import threshold

__all__ = ["threshold"]
DATA = b"a model\nof text\n"
ROWS = pa.table({"amount": [1, 5, 9]})


def opened(options: dict[str, Any] | None, **around: Any) -> Scorer:
    report = scan("threshold", DATA, file="m.yaml")
    return open_model(verify("threshold", DATA, digest_bytes(DATA), report), options, **around)


def test_options_reach_the_model_and_defaults_hold(threshold: Any) -> None:
    assert opened({"cut": 5}).score(ROWS)["prediction"].to_pylist() == ["standard", "standard", "decline"]
    assert opened({"cut": 4}).score(ROWS)["prediction"].to_pylist() == ["standard", "decline", "decline"]
    assert list(threshold.parameters) == ["cut", "column", "connection"]


@pytest.mark.parametrize(("options", "says"), [
    (None, "kind threshold lacks the option 'cut'; expected a number"),
    ({"cut": 1, "colum": "amount"}, "kind threshold has no option 'colum' (did you mean 'column'?)"),
    ({"cut": "1"}, "option 'cut' of kind threshold: expected a number, found '1'"),
    ({"cut": -1}, "option 'cut' of kind threshold: expected 0 or more"),
    ({"cut": 1, "connections": "x"}, "kind threshold has no option 'connections'"),
])
def test_other_options_are_refused(threshold: Any, options: dict[str, Any] | None, says: str) -> None:
    with pytest.raises(ArtifactError) as caught:
        opened(options)

    assert says in str(caught.value)


def test_a_connection_is_resolved_where_there_is_one_and_nowhere_else(threshold: Any) -> None:
    assert opened({"cut": 1, "connection": "vendor"}, connections=lambda name: f"https://{name}").kept() == {"asked.txt": b"https://vendor"}
    with pytest.raises(DataError, match="AIRFLOW_CONN_THE-VENDOR"):
        opened({"cut": 1, "connection": "the-vendor"})


def test_what_an_artifact_says_of_itself_is_in_its_scan_and_only_where_it_is_one(threshold: Any) -> None:
    assert "first line: a model" in scan("threshold", DATA, file="m.yaml").notes
    assert not [note for note in scan("threshold", DATA, file="m.zip").notes if note.startswith("first line")]


def test_no_kind_of_the_package_takes_options_it_does_not_name() -> None:
    for name, one in KINDS.items():
        assert "artifact" not in one.parameters and "connections" not in one.parameters, name
        assert all(parameter.doc for parameter in one.parameters.values()), f"{name}: an option without a word on what it is"
