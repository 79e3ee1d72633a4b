"""Labels of a column and each row's place among them, however the column is stored."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from modelops_airflow.data.counted import Counted
from modelops_airflow.data.values import MANY_VALUES, UNKNOWN, labels, sort_key


def _rows(column):
    names, codes = labels(column)
    return [names[code] for code in codes]


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"])
@pytest.mark.parametrize("repeated", [1, 2000], ids=["few rows", "many rows"])
def test_whole_numbers_are_their_own_labels_up_to_the_ends_of_their_type(kind, repeated):
    least, most = int(np.iinfo(kind).min), int(np.iinfo(kind).max)
    for values in ([least, least + 2, least], [most, most - 1, most - 200], [7], [least, most, 5]):
        column = pa.chunked_array([pa.array(values * repeated, kind), pa.array([], kind), pa.array(values, kind).slice(1)])
        assert _rows(column) == [str(value) for value in values * repeated + values[1:]]
        assert labels(column)[0] == sorted({str(value) for value in values}, key=sort_key), "in order, and none that no row has"


def test_a_missing_whole_number_is_unknown():
    assert _rows(pa.chunked_array([pa.array([1, None, 0], "int8")])) == ["1", UNKNOWN, "0"]


@pytest.mark.parametrize("span", [MANY_VALUES - 1, MANY_VALUES, 10**12])
def test_whole_numbers_near_each_other_and_far_apart_are_coded_alike(span):
    values = [0, span, 3, span]
    assert _rows(pa.chunked_array([values])) == [str(value) for value in values]


@pytest.mark.parametrize("column", [
    pa.chunked_array([["b", None, "a", "b"]]), pa.chunked_array([pa.array(["b", None, "a", "b"]).dictionary_encode()]),
    pa.chunked_array([pa.array(["b"]).dictionary_encode(), pa.array([None, "a", "b"]).dictionary_encode()]),
])
@pytest.mark.parametrize("repeated", [1, 2000], ids=["few rows", "many rows"])
def test_texts_are_counted_by_label_however_they_are_coded(column, repeated):
    counted = Counted()
    counted.add(pa.chunked_array(column.chunks * repeated))
    found = counted.column()
    assert (found.values, found.nulls, found.n) == ({"a": repeated, "b": 2 * repeated}, repeated, 4 * repeated)


def test_labels_that_read_alike_are_one():
    counted = Counted()
    counted.add(pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array([0, 1, 0], "int32"), pa.array([0.0, -0.0]))]))
    assert counted.column().values == {"0": 3}
