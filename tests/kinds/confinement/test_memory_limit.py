"""The limit on memory: what asks for more gets an error, and afterwards all is as before."""

from __future__ import annotations

import resource

import numpy as np
import pytest

from modelops_airflow.kinds.confinement.memory_limit import at_most


def test_what_asks_for_more_gets_an_error_and_the_limit_ends() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with at_most(256 << 20):
        assert np.empty(64 << 20, np.uint8).nbytes == 64 << 20, "the control"
        with pytest.raises(MemoryError):
            np.empty(1 << 30, np.uint8)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert np.empty(1 << 30, np.uint8).nbytes == 1 << 30


def test_a_limit_that_is_there_is_not_raised() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with at_most(256 << 20):
        inner = resource.getrlimit(resource.RLIMIT_AS)
        with at_most(1 << 40):
            assert resource.getrlimit(resource.RLIMIT_AS) == inner
    assert resource.getrlimit(resource.RLIMIT_AS) == before
