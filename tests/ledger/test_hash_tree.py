"""The frontier gives the tree hash of RFC 6962: known answers, an independent implementation, properties."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from rfc6962 import tree_hash

from modelops_airflow.ledger.tree import grown, leaf_hash, root_of

# Inputs and roots of the reference tests of Certificate Transparency.
KNOWN_LEAVES = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
KNOWN_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def frontier_of(leaves: list[bytes]) -> list[bytes]:
    """The frontier after appending one by one."""
    frontier: list[bytes] = []
    for index, leaf in enumerate(leaves):
        frontier = grown(frontier, index, leaf_hash(leaf))
    return frontier


def test_the_roots_are_those_of_certificate_transparency() -> None:
    for size, root in enumerate(KNOWN_ROOTS, 1):
        assert root_of(frontier_of(KNOWN_LEAVES[:size])).hex() == root
        assert tree_hash(KNOWN_LEAVES[:size]).hex() == root


def test_nothing_has_the_hash_of_nothing() -> None:
    assert root_of([]) == tree_hash([])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=20), max_size=70))
def test_any_number_of_leaves_has_the_root_of_the_other_implementation(leaves: list[bytes]) -> None:
    assert root_of(frontier_of(leaves)) == tree_hash(leaves)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40))
def test_a_frontier_is_as_long_as_its_size_has_bits(leaves: list[bytes]) -> None:
    assert len(frontier_of(leaves)) == len(leaves).bit_count()


def test_a_leaf_is_never_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert tree_hash([b"a", b"b"]) != leaf_hash(left + right)
