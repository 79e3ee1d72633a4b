"""The walk against Python's own unpickler: what that looks up, the walk has seen; what the walk ends at, that ends at."""

from __future__ import annotations

import io
import pickle
import random
from typing import Any

import pytest
from assembler import PROTO, call, honest, name, new, pickled, value
from hypothesis import given, settings
from hypothesis import strategies as st

from modelops_airflow.kinds.pickles.stack import Objection
from modelops_airflow.kinds.pickles.walk import Walk


class Stub:
    """Stands for every class and function, so that nothing is imported or run."""

    def __new__(cls, *_args: Any) -> Stub:
        return super().__new__(cls)

    def __init__(self, *_args: Any) -> None:
        pass

    def __setstate__(self, _state: Any) -> None:
        pass

    def __setitem__(self, _key: Any, _value: Any) -> None:
        pass


class Recorder(pickle.Unpickler):
    """Python's unpickler, with every look-up written down."""

    def __init__(self, data: bytes) -> None:
        self.file = io.BytesIO(data)
        super().__init__(self.file)
        self.seen: set[tuple[str, str]] = set()

    def find_class(self, module: str, attribute: str) -> Any:
        self.seen.add((module, attribute))
        return Stub


def seen_by_python(data: bytes) -> set[tuple[str, str]]:
    recorder = Recorder(data)
    try:
        recorder.load()
    except Exception:
        return recorder.seen
    return recorder.seen


def is_covered(data: bytes) -> bool:
    """Whether the walk accepts the bytes; if so, Python may look up nothing else than the walk saw."""
    walk = Walk(data=data)
    try:
        walk.whole()
    except Objection:
        return False
    told = {f"{module}.{attribute}" for module, attribute in seen_by_python(data)}
    assert all(one in walk.untrusted or any(one.startswith(f"{module}.") for module in walk.modules) for one in told)
    return not walk.untrusted and not walk.findings


def test_the_comparison_can_fail() -> None:
    assert seen_by_python(pickled(call(("os", "system"), "true"))) == {("os", "system")}
    assert is_covered(honest(4))
    assert not is_covered(pickled(call(("os", "system"), "true")))


def test_ten_thousand_changed_bytes_show_python_no_name_that_the_walk_did_not_see() -> None:
    dice = random.Random(11)
    accepted = 0
    for _ in range(10_000):
        data = bytearray(honest_of[dice.randrange(4)])
        for _ in range(dice.randrange(1, 4)):
            place = dice.randrange(2, len(data))
            how = dice.randrange(3)
            if how == 0:
                data[place] = dice.randrange(256)
            elif how == 1:
                del data[place]
            else:
                data.insert(place, dice.choice(b"\x8c\x94\x93ch0.R\x85)}]b\x81qr\x95(tu"))
        accepted += is_covered(bytes(data))
    assert accepted > 100


honest_of = [honest(protocol) for protocol in (2, 3, 4, 5)]

NAMES = st.sampled_from([("os", "system"), ("numpy", "exp"), ("sklearn.linear_model._base", "LinearRegression"), ("builtins", "getattr"),
                         ("numpy", "dtype"), ("collections", "OrderedDict")])
PIECES = st.one_of(
    NAMES.map(lambda one: name(*one)), NAMES.map(lambda one: call(one, 1)), NAMES.map(lambda one: new(*one)),
    st.sampled_from(["os", "system", "numpy", "exp", "a"]).map(value), st.integers(0, 9).map(value),
    st.sampled_from([b"\x93", b"\x94", b"0", b"(", b"1", b"2", b"t", b"\x85", b"\x86", b"R", b"\x81", b"b", b"}", b"]", b"s", b"a", b"u", b"e", b")"]),
    st.integers(0, 5).map(lambda index: b"h" + bytes([index])), st.integers(0, 5).map(lambda index: b"q" + bytes([index])),
)


@settings(max_examples=1500, deadline=None)
@given(st.integers(2, 5), st.lists(PIECES, min_size=1, max_size=14))
def test_any_operations_in_any_order_show_python_no_name_that_the_walk_did_not_see(protocol: int, pieces: list[bytes]) -> None:
    is_covered(PROTO[protocol] + b"".join(pieces) + b".")


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_the_end_is_where_python_ends(protocol: int) -> None:
    data = honest(protocol)
    Walk(data=data).whole()
    for more in (b"\x00", b"N.", data):
        with pytest.raises(Objection, match="expected exactly one pickle"):
            Walk(data=data + more).whole()


def test_too_many_operations_are_refused_within_two_seconds() -> None:
    with pytest.raises(Objection, match="operations"):
        Walk(data=PROTO[2] + b")" + b"\x85" * 2_000_000 + b".").whole()
