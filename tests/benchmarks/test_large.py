"""A folder that does not fit into memory is profiled; what needs the whole of it is refused with figures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "large.py"
LIMIT_MB = 250

WHOLE = f"""
import resource, sys
from pathlib import Path
from modelops_airflow.data.dataset import open_dataset
from modelops_airflow.errors import DataError
resource.setrlimit(resource.RLIMIT_DATA, ({LIMIT_MB}_000_000,) * 2)
try:
    open_dataset(sys.argv[1], resolve=Path, connections=str).read(threads=1)
except DataError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits on data are Linux'")
def test_a_folder_of_more_bytes_than_the_limit_leaves_is_profiled_and_not_read_whole(tmp_path):
    folder, environment = tmp_path / "partitions", os.environ | {"ARROW_DEFAULT_MEMORY_POOL": "system"}
    command = [sys.executable, SCRIPT, "--gigabytes", "0.2", "--limit-mb", str(LIMIT_MB), "--folder", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    told = json.loads(done.stdout)
    assert told["bytes"] > 200_000_000
    for side in ("baseline", "current"):
        assert told[side]["peak_mb"] < LIMIT_MB
    refused = subprocess.run([sys.executable, "-c", WHOLE, folder], capture_output=True, text=True, check=True, env=environment)
    assert "needs about 300 MB of memory; the limit is 250 MB" in refused.stdout, "the control: it does not fit"
