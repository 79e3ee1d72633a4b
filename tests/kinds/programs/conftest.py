"""The example programs, built anew."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of what `make examples` builds."""
    if not (shutil.which("g++") and shutil.which("javac")):
        if os.environ.get("CI"):
            pytest.fail("CI must build the examples, and this machine has no g++ or no javac")
        pytest.skip("this machine has no g++ or no javac")
    made = tmp_path_factory.mktemp("examples") / "programs"
    shutil.copytree(EXAMPLES / "programs", made, ignore=shutil.ignore_patterns("build"))
    subprocess.run(["make", "--silent", "--directory", str(made)], check=True, capture_output=True)
    return made / "build"
