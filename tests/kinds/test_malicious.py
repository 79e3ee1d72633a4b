"""Malicious model files: none executed, none accepted, none slow; and they do bite where nobody looks."""

from __future__ import annotations

from pathlib import Path

import pytest
from malicious_figures import Scanned, fired, scanned


@pytest.fixture(scope="module")
def all_scanned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Scanned]]:
    folder = tmp_path_factory.mktemp("malicious")
    return folder, scanned(folder)


def test_there_are_enough_of_them_and_of_every_sort(all_scanned):
    told = [one.one for one in all_scanned[1]]
    assert len(told) >= 300
    assert {one.kind for one in told} == {"pickle", "joblib", "cloudpickle", "skops", "onnx", "rules"}
    assert sum(one.fires for one in told) >= 120


def test_none_is_executed(all_scanned):
    assert [one.one.name for one in all_scanned[1] if one.executed] == []


def test_none_is_accepted(all_scanned):
    assert [one.one.name for one in all_scanned[1] if one.accepted] == []


def test_none_ends_in_an_exception_that_is_not_ours(all_scanned):
    assert [(one.one.name, one.raised) for one in all_scanned[1] if one.raised] == []


def test_each_is_told_why(all_scanned):
    assert [one.one.name for one in all_scanned[1] if len(one.notes) < 2] == []
    assert all("Traceback" not in note and "\n" not in note for one in all_scanned[1] for note in one.notes)


def test_none_takes_two_seconds_or_512_megabytes(all_scanned):
    assert [(one.one.name, one.seconds) for one in all_scanned[1] if one.seconds > 2] == []
    before = 0
    for one in all_scanned[1]:
        assert one.memory <= 512 << 20 or one.memory == before, one.one.name
        before = one.memory


def test_the_same_files_bite_where_nobody_looks(all_scanned):
    folder, told = all_scanned
    biting = [one.one for one in told if one.one.fires]
    assert {one.name for one in biting} - {one.name for one in fired(folder / "loaded", biting)} == set()
